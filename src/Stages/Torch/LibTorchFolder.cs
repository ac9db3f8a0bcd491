// Finds the folder of the libtorch to use: configuration, then environment, then the package beside the application.
using XClassFlow.Data;

namespace XClassFlow.Stages.Torch;

/// <summary>A folder that holds libtorch's libraries.</summary>
/// <param name="Path">Full path.</param>
/// <param name="Origin">Who chose it.</param>
internal sealed record LibTorchFolder(string Path, string Origin)
{
    /// <summary>Environment variable: a folder with libtorch_cpu, or the root of a libtorch or PyTorch install.</summary>
    public const string Variable = "XCLASSFLOW_LIBTORCH";

    /// <summary>Configuration key that the commands pass as the argument.</summary>
    public const string ConfigKey = "xclassflow.torch.libtorch";

    /// <summary>File name of libtorch's main library on this system.</summary>
    public static string MainLibrary => FileName("torch_cpu");

    public static string FileName(string library) =>
        OperatingSystem.IsWindows() ? $"{library}.dll" : OperatingSystem.IsMacOS() ? $"lib{library}.dylib" : $"lib{library}.so";

    /// <summary>Chooses. A folder that was asked for must hold libtorch: nothing else is tried in its place.</summary>
    /// <param name="argument">Folder from the configuration, or null.</param>
    /// <param name="environment">Value of <see cref="Variable"/>, or null.</param>
    /// <param name="bundled">Folders in which the application's own libtorch may lie, best first.</param>
    /// <exception cref="UserErrorException">None found.</exception>
    public static LibTorchFolder Find(string? argument, string? environment, IReadOnlyList<string> bundled)
    {
        if (!string.IsNullOrEmpty(argument))
        {
            return Named(argument, ConfigKey, "configuration");
        }

        if (!string.IsNullOrEmpty(environment))
        {
            return Named(environment, Variable, "environment");
        }

        var found = bundled.FirstOrDefault(folder => File.Exists(System.IO.Path.Combine(folder, MainLibrary)));
        return found is not null
            ? new(found, "bundled")
            : throw new UserErrorException(
                $"no libtorch: {MainLibrary} is in none of {string.Join(", ", bundled)}",
                "libtorch",
                $"set {Variable} or {ConfigKey} to a folder that holds it (libtorch's lib, or PyTorch's torch/lib)");
    }

    /// <summary>The version that an install states about itself, or "unknown".</summary>
    public string Version(string bundledVersion)
    {
        if (Origin == "bundled")
        {
            return bundledVersion;
        }

        var root = System.IO.Path.GetDirectoryName(Path) ?? Path;
        var stated = System.IO.Path.Combine(root, "build-version");
        if (File.Exists(stated))
        {
            return File.ReadAllText(stated).Trim();
        }

        var python = System.IO.Path.Combine(root, "version.py");
        var line = File.Exists(python) ? File.ReadLines(python).FirstOrDefault(l => l.StartsWith("__version__", StringComparison.Ordinal)) : null;
        return line?.Split('\'', '"') is [_, var version, ..] ? version : "unknown";
    }

    private static LibTorchFolder Named(string folder, string where, string origin)
    {
        string[] below = ["", "lib", System.IO.Path.Combine("torch", "lib"), System.IO.Path.Combine("libtorch", "lib")];
        foreach (var part in below)
        {
            var candidate = System.IO.Path.GetFullPath(System.IO.Path.Combine(folder, part));
            if (File.Exists(System.IO.Path.Combine(candidate, MainLibrary)))
            {
                return new(candidate, origin);
            }
        }

        throw new UserErrorException(
            $"'{folder}' holds no {MainLibrary} (looked there, in lib, torch/lib and libtorch/lib)",
            where,
            "name the folder that holds it, or leave the setting out to use the bundled one");
    }
}
