// Finds font files in folders, in a fixed order.
namespace XClassFlow.Data.Import.Glyphs;

/// <summary>Files are taken as they are named, and folders searched with all below, by extension; all sorted ordinally by full path, each once.</summary>
internal static class FontFiles
{
    private static readonly string[] Extensions = [".ttf", ".otf", ".ttc", ".otc"];
    private static readonly EnumerationOptions Everything = new() { RecurseSubdirectories = true, AttributesToSkip = 0, IgnoreInaccessible = true };

    /// <summary>Where fontconfig looks on Debian; those that exist.</summary>
    public static IReadOnlyList<string> DefaultFolders()
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return
        [
            .. new[] { "/usr/share/fonts", "/usr/local/share/fonts", Path.Combine(home, ".fonts"), Path.Combine(home, ".local/share/fonts") }.Where(Directory.Exists),
        ];
    }

    /// <param name="places">Files and folders; empty: <see cref="DefaultFolders"/>.</param>
    /// <param name="key">The setting to name in an error.</param>
    /// <exception cref="UserErrorException">A place is missing or cannot be read, or none of them has a font file.</exception>
    public static IReadOnlyList<string> Find(IReadOnlyList<string> places, string key)
    {
        IReadOnlyList<string> folders = places.Count > 0 ? places : DefaultFolders();
        List<string> files = [.. folders.SelectMany(p => In(p, key)).Select(Path.GetFullPath).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return files.Count > 0
            ? files
            : throw new UserErrorException(
                $"there is no font file in {(folders.Count == 0 ? "the system's font folders" : string.Join(", ", folders))}", key,
                $"install fonts (on Debian: apt-get install fonts-noto-cjk), or name files or folders with {string.Join(", ", Extensions)} files");
    }

    private static IEnumerable<string> In(string place, string key)
    {
        if (File.Exists(place))
        {
            return [place];
        }

        if (!Directory.Exists(place))
        {
            throw new UserErrorException($"there is no file or folder '{place}'", key, "name font files, or folders that hold some");
        }

        try
        {
            return [.. Directory.EnumerateFiles(place, "*", Everything).Where(f => Extensions.Contains(Path.GetExtension(f), StringComparer.OrdinalIgnoreCase))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"the folder '{place}' cannot be read ({e.Message})", key, "name a readable folder", e);
        }
    }
}
