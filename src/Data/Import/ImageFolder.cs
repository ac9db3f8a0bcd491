// A folder with one folder of pictures for each class, listed in a fixed order.
namespace XClassFlow.Data.Import;

/// <summary>Classes are the folders directly below, sorted ordinally by name; a class's files are all below its folder, sorted ordinally by path.</summary>
internal sealed class ImageFolder
{
    private static readonly EnumerationOptions Everything = new() { RecurseSubdirectories = true, AttributesToSkip = 0 };
    private static readonly string[] Extensions = [".png", ".jpg", ".jpeg", ".bmp", ".webp"];

    /// <exception cref="UserErrorException">The folder is missing, has no folders, or one of them holds no picture file.</exception>
    public ImageFolder(string path)
    {
        try
        {
            Folders = [.. Directory.EnumerateDirectories(path).Order(StringComparer.Ordinal)];
            Strays = [.. Directory.EnumerateFiles(path).Order(StringComparer.Ordinal)];
            var empty = Folders.FirstOrDefault(f => !Directory.EnumerateFiles(f, "*", Everything).Any(IsPicture));
            if (empty is not null)
            {
                throw new UserErrorException("the class folder holds no picture", empty, $"add pictures ({string.Join(", ", Extensions)}) or remove the folder");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"the folder cannot be read ({e.Message})", path, "name a folder that holds one folder for each class", e);
        }

        if (Folders.Count == 0)
        {
            throw new UserErrorException("the folder holds no folders", path, "name a folder that holds one folder of pictures for each class");
        }
    }

    /// <summary>Paths of the class folders; a label is an index here.</summary>
    public IReadOnlyList<string> Folders { get; }

    /// <summary>Files that belong to no class.</summary>
    public IReadOnlyList<string> Strays { get; }

    public static bool IsPicture(string file) => Extensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase);

    /// <summary>All files of a class, pictures or not.</summary>
    public IReadOnlyList<string> FilesOf(int label) => [.. Directory.EnumerateFiles(Folders[label], "*", Everything).Order(StringComparer.Ordinal)];

    /// <summary>Label, tab, folder name.</summary>
    public IEnumerable<string> ClassNames() => Folders.Select((f, label) => $"{label}\t{Path.GetFileName(f).ReplaceLineEndings(" ").Replace('\t', ' ')}");
}
