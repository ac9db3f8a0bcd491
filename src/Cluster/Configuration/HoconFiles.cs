// Reads HOCON files and what they include.
using System.Text;
using XClassFlow.Data;

namespace XClassFlow.Cluster.Configuration;

/// <summary>Files of one load; it remembers which are open, so that a file that includes itself is found.</summary>
internal sealed class HoconFiles
{
    private const long Largest = 16 << 20;
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly List<string> open = [];

    /// <summary>Reads a document and its includes, relative to the directory of each including file.</summary>
    /// <exception cref="UserErrorException">Something cannot be read, or not understood.</exception>
    public HoconObject Read(HoconSource source) =>
        new HoconReader(source, (name, place) => Include(source, name, place)).ReadDocument();

    /// <summary>Reads a file and its includes.</summary>
    /// <param name="path">The path, as messages show it.</param>
    /// <param name="where">Who asks for the file, for messages.</param>
    public HoconObject ReadFile(string path, string where)
    {
        var full = Path.GetFullPath(path);
        if (open.Contains(full))
        {
            throw new UserErrorException($"'{path}' includes itself", where, "remove one of the includes");
        }

        open.Add(full);
        var document = Read(new HoconSource(path, ReadText(path, where), Path.GetDirectoryName(full)));
        open.Remove(full);
        return document;
    }

    private HoconObject Include(HoconSource source, string name, HoconOrigin place)
    {
        if (source.Directory is null)
        {
            throw new UserErrorException("include is only for files", place.ToString(), "write the keys themselves");
        }

        // Shown relative to the current directory like the file that includes it, where that is shorter.
        var full = Path.Combine(source.Directory, name);
        var shown = Path.IsPathRooted(source.Name) ? full : Path.GetRelativePath(Environment.CurrentDirectory, full);
        return ReadFile(shown, place.ToString());
    }

    private static string ReadText(string path, string where)
    {
        if (Directory.Exists(path))
        {
            throw new UserErrorException($"'{path}' is a directory", where, "name a configuration file");
        }

        if (!File.Exists(path))
        {
            throw new UserErrorException($"there is no file '{path}'", where, "name a configuration file");
        }

        try
        {
            if (new FileInfo(path).Length > Largest)
            {
                throw new UserErrorException($"'{path}' is larger than a configuration can be", where, "name a configuration file");
            }

            var text = Strict.GetString(File.ReadAllBytes(path));
            return text.Contains('\0', StringComparison.Ordinal) ? throw NotText(path, where) : text;
        }
        catch (ArgumentException e)
        {
            throw NotText(path, where, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"'{path}' cannot be read: {e.Message}", where, "check its permissions", e);
        }
    }

    private static UserErrorException NotText(string path, string where, Exception? inner = null) =>
        new($"'{path}' is not a text file in UTF-8", where, "name a configuration file", inner);
}
