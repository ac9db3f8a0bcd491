// Where the application's own native libraries may lie.
using XClassFlow.Data;

namespace XClassFlow.Stages.Torch;

/// <summary>Folders of the packages' native files.</summary>
internal static class ApplicationFolders
{
    /// <summary>Name by which TorchSharp asks for its native library.</summary>
    public const string WrapperLibrary = "LibTorchSharp";

    /// <summary>TorchSharp's native library as shipped.</summary>
    /// <exception cref="UserErrorException">It is not there.</exception>
    public static string Wrapper()
    {
        var name = LibTorchFolder.FileName(WrapperLibrary);
        var folders = Bundled();
        return folders.Select(f => Path.Combine(f, name)).FirstOrDefault(File.Exists)
            ?? throw new UserErrorException($"TorchSharp's native library {name} is in none of {string.Join(", ", folders)}", "TorchSharp", "restore and build again");
    }

    /// <summary>Where the packages' native files may lie: the runtime's search folders, and folders beside the application.</summary>
    public static List<string> Bundled()
    {
        var below = Path.Combine("runtimes", OperatingSystem.IsWindows() ? "win-x64" : OperatingSystem.IsMacOS() ? "osx-arm64" : "linux-x64", "native");
        return [.. Searched()
            .Append(Path.Combine(AppContext.BaseDirectory, below))
            .Append(Path.Combine(AppContext.BaseDirectory, "libtorch"))
            .Select(f => Path.TrimEndingDirectorySeparator(Path.GetFullPath(f)))
            .Distinct()];
    }

    /// <summary>Where the runtime looks for a library that is asked for by name, in its order.</summary>
    public static IEnumerable<string> Searched()
    {
        var native = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "";
        return native.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Append(AppContext.BaseDirectory)
            .Select(Path.TrimEndingDirectorySeparator);
    }
}
