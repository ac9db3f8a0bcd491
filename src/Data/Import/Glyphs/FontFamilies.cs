// Which faces are left out, and which are kept for testing: whole families, chosen by name.
namespace XClassFlow.Data.Import.Glyphs;

/// <summary>A name means every family whose name contains it, whatever the case, in all its weights and in all files.</summary>
internal static class FontFamilies
{
    /// <summary>The faces of families that are not named.</summary>
    /// <exception cref="UserErrorException">A name is that of no family, or all families are left out.</exception>
    public static IReadOnlyList<FontFace> Without(IReadOnlyList<FontFace> faces, IReadOnlyList<string> names, string key)
    {
        Check(faces, names, key);
        IReadOnlyList<FontFace> rest = [.. faces.Where(f => !names.Any(n => IsOf(f, n)))];
        return rest.Count == 0 && faces.Count > 0 ? throw new UserErrorException("every font is left out", key, $"leave out fewer of: {Names(faces)}") : rest;
    }

    /// <summary>For each face, whether it is held out.</summary>
    /// <exception cref="UserErrorException">A name is that of no family, or all families are held out.</exception>
    public static bool[] HeldOut(IReadOnlyList<FontFace> faces, IReadOnlyList<string> names, string key)
    {
        Check(faces, names, key);
        bool[] heldOut = [.. faces.Select(f => names.Any(n => IsOf(f, n)))];
        return heldOut.Length > 0 && heldOut.All(h => h)
            ? throw new UserErrorException("every font is held out, so none is left to train with", key, $"hold out fewer of: {Names(faces)}")
            : heldOut;
    }

    private static void Check(IReadOnlyList<FontFace> faces, IReadOnlyList<string> names, string key)
    {
        // Without a single font of these characters the names are not what is wrong.
        var unknown = faces.Count == 0 ? null : names.FirstOrDefault(n => string.IsNullOrWhiteSpace(n) || !faces.Any(f => IsOf(f, n)));
        if (unknown is not null)
        {
            throw new UserErrorException($"no font has '{unknown}' in its family's name", key, $"name some of: {Names(faces)}");
        }
    }

    private static bool IsOf(FontFace face, string name) => face.Family.Contains(name, StringComparison.OrdinalIgnoreCase);

    private static string Names(IReadOnlyList<FontFace> faces) => string.Join(", ", faces.Select(f => f.Family).Distinct().Order(StringComparer.Ordinal));
}
