// Keeps adjusted copies of native libraries in a per-user cache, keyed by content, safe against processes that start at once.
using System.Security.Cryptography;
using XClassFlow.Data;

namespace XClassFlow.Stages.Torch;

/// <summary>
/// The adjusted copy of a library. The source is only ever read: in output folders it is a hard link to the package cache's own file.
/// </summary>
internal static class AdjustedLibrary
{
    /// <summary>Environment variable that moves the cache to another folder.</summary>
    public const string FolderVariable = "XCLASSFLOW_CACHE";

    /// <summary>libstdc++ 13 references it from every file that includes iostream, to force the link; no relocation uses it.</summary>
    private const string NeverCalled = "_ZSt21ios_base_library_initv";

    /// <summary>Returns the path of a copy of <paramref name="source"/> in which <paramref name="versions"/> are optional; makes it when it is not there.</summary>
    /// <exception cref="UserErrorException">The library cannot be adjusted, or the cache cannot be written.</exception>
    public static string For(string source, IReadOnlyList<string> versions, string? cacheFolder = null)
    {
        var image = File.ReadAllBytes(source);
        var key = Convert.ToHexStringLower(SHA256.HashData(image))[..16] + "-" + string.Join('-', versions);
        try
        {
            foreach (var version in versions)
            {
                if (ElfVersionPatch.MakeOptional(image, version, NeverCalled) == 0)
                {
                    throw new InvalidDataException($"it does not ask for {version}");
                }
            }
        }
        catch (InvalidDataException e)
        {
            throw new UserErrorException(
                $"this system's libstdc++ lacks {string.Join(", ", versions)} and the library cannot be adjusted: {e.Message}",
                source,
                "install a newer libstdc++ (GCC 13 or later)",
                e);
        }

        var folder = Path.Combine(cacheFolder ?? DefaultFolder(), key);
        var target = Path.Combine(folder, Path.GetFileName(source));
        try
        {
            if (!HasContent(target, image))
            {
                Directory.CreateDirectory(folder);
                var draft = Path.Combine(folder, $".{Environment.ProcessId}-{Guid.NewGuid():n}.tmp");
                File.WriteAllBytes(draft, image);

                // A rename is atomic: another process sees no file or a whole one, and one that mapped the old file keeps it.
                File.Move(draft, target, overwrite: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException(
                $"cannot write the adjusted copy of TorchSharp's native library ({e.Message})",
                folder,
                $"set {FolderVariable} to a folder that can be written",
                e);
        }

        return target;
    }

    private static bool HasContent(string path, byte[] expected) =>
        File.Exists(path) && new FileInfo(path).Length == expected.Length && File.ReadAllBytes(path).AsSpan().SequenceEqual(expected);

    private static string DefaultFolder()
    {
        if (Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } configured)
        {
            return Path.Combine(configured, "native");
        }

        if (Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache)
        {
            return Path.Combine(cache, "xclassflow", "native");
        }

        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return home.Length > 0
            ? Path.Combine(home, ".cache", "xclassflow", "native")
            : Path.Combine(Path.GetTempPath(), $"xclassflow-{Environment.UserName}", "native");
    }
}
