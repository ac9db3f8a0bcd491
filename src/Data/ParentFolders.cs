// Makes the missing folders above a file that is to be written, and takes them away again where nothing came of it.
namespace XClassFlow.Data;

/// <summary>Disposing without <see cref="Keep"/> deletes those of the folders it made that are empty.</summary>
internal sealed class ParentFolders : IDisposable
{
    private readonly List<string> _made = [];

    /// <param name="file">The file that will be written.</param>
    /// <exception cref="UserErrorException">It is a directory, or a folder above it cannot be made; nothing is left behind then.</exception>
    public ParentFolders(string file)
    {
        if (Directory.Exists(file) || Path.EndsInDirectorySeparator(file))
        {
            throw new UserErrorException("is a directory", file, "name a file");
        }

        var missing = new Stack<string>();
        for (var folder = Path.GetDirectoryName(Path.GetFullPath(file)); folder is not null && !Directory.Exists(folder); folder = Path.GetDirectoryName(folder))
        {
            missing.Push(folder);
        }

        try
        {
            foreach (var folder in missing)
            {
                Directory.CreateDirectory(folder);
                _made.Add(folder);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Dispose();
            throw new UserErrorException($"its folder cannot be made ({e.Message})", file, "name a file in a folder that can be written", e);
        }
    }

    /// <summary>The file is there: its folders stay.</summary>
    public void Keep() => _made.Clear();

    public void Dispose()
    {
        // The deepest first; what others have put something into stays.
        for (var i = _made.Count - 1; i >= 0 && Directory.Exists(_made[i]) && !Directory.EnumerateFileSystemEntries(_made[i]).Any(); i--)
        {
            Directory.Delete(_made[i]);
        }

        _made.Clear();
    }
}
