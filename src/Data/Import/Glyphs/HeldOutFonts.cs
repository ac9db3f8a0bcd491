// Which faces are kept for testing: whole families, chosen by name.
namespace XClassFlow.Data.Import.Glyphs;

/// <summary>A name holds out every family whose name contains it, whatever the case, in all its weights and in all files.</summary>
internal static class HeldOutFonts
{
    /// <summary>For each face, whether it is held out.</summary>
    /// <exception cref="UserErrorException">A name is that of no family, or all families are held out.</exception>
    public static bool[] Choose(IReadOnlyList<FontFace> faces, IReadOnlyList<string> names, string key)
    {
        bool IsOf(FontFace face, string name) => face.Family.Contains(name, StringComparison.OrdinalIgnoreCase);
        var unknown = names.FirstOrDefault(n => string.IsNullOrWhiteSpace(n) || !faces.Any(f => IsOf(f, n)));
        var families = string.Join(", ", faces.Select(f => f.Family).Distinct().Order(StringComparer.Ordinal));
        if (unknown is not null)
        {
            throw new UserErrorException($"no font with these characters has '{unknown}' in its family's name", key, $"name some of: {families}");
        }

        bool[] heldOut = [.. faces.Select(f => names.Any(n => IsOf(f, n)))];
        return heldOut.Length > 0 && heldOut.All(h => h)
            ? throw new UserErrorException("every font is held out, so none is left to train with", key, $"hold out fewer of: {families}")
            : heldOut;
    }
}
