// Loads the native libraries of a chosen libtorch, and TorchSharp's own, adjusted where the system needs it.
using System.Reflection;
using System.Runtime.InteropServices;
using TorchSharp;
using XClassFlow.Data;

namespace XClassFlow.Stages.Torch;

/// <summary>The part of <see cref="LibTorch"/> that talks to the dynamic linker. Called under its lock.</summary>
internal static class NativeLoader
{
    /// <param name="folder">The libtorch to use.</param>
    /// <param name="wrapper">TorchSharp's native library as shipped.</param>
    /// <exception cref="UserErrorException">The libtorch cannot be used, or another one is loaded already.</exception>
    public static NativeTorch Load(LibTorchFolder folder, string wrapper) => OperatingSystem.IsLinux() ? LoadOnLinux(folder, wrapper) : LoadElsewhere(folder, wrapper);

    /// <summary>The error of a libtorch that was found but does not work.</summary>
    public static UserErrorException Unusable(LibTorchFolder folder, string why, Exception? inner = null) =>
        new(
            $"the libtorch in this folder ({folder.Origin}) cannot be used with TorchSharp (made for libtorch {BuiltFor()}): {why}",
            folder.Path,
            folder.Origin == "bundled"
                ? "restore and build again, or set XCLASSFLOW_LIBTORCH to another libtorch"
                : $"name another folder, or leave {(folder.Origin == "environment" ? LibTorchFolder.Variable : LibTorchFolder.ConfigKey)} out to use the bundled one",
            inner);

    private static string BuiltFor() => typeof(torch).GetField("libtorchPackageVersion", BindingFlags.NonPublic | BindingFlags.Static)?.GetRawConstantValue() as string ?? "of its own version";

    private static NativeTorch LoadOnLinux(LibTorchFolder folder, string wrapper)
    {
        // Every stage has a thread, and every thread an OpenMP team. Teams that spin while they wait take the cores from the stages that work:
        // measured on two busy cores, the inline host was nine times slower with the default.
        DynamicLinker.SetDefault("OMP_WAIT_POLICY", "PASSIVE");
        var already = DynamicLinker.LoadedPath(LibTorchFolder.MainLibrary);
        if (already is not null && Path.GetDirectoryName(already) != folder.Path)
        {
            throw new UserErrorException(
                $"libtorch from {already} was loaded before this one could be",
                folder.Path,
                "call LibTorch.EnsureLoaded before the first use of a TorchSharp type");
        }

        // Dependencies first; a CUDA build of libtorch registers itself when its library is loaded. What is loaded satisfies later requests by name.
        var aliases = new List<IDisposable>();
        var cuda = false;
        foreach (var library in (string[])["c10", "torch_cpu", "c10_cuda", "torch_cuda", "torch"])
        {
            var file = LibTorchFolder.FileName(library);
            var path = Path.Combine(folder.Path, file);
            if (!File.Exists(path))
            {
                continue;
            }

            var handle = DynamicLinker.Open(path, bindNow: false, out var error);
            if (handle == 0)
            {
                throw Unusable(folder, ElfArchitecture.Mismatch(path) is { } mismatch ? $"{file}: {mismatch}" : error);
            }

            // TorchSharp's start asks by name, and the runtime would find a bundled file before the loaded one: two libtorches in a process, which abort it.
            aliases.AddRange(ApplicationFolders.Searched().Where(f => f != folder.Path && File.Exists(Path.Combine(f, file))).Take(1)
                .Select(f => DynamicLinker.Alias(handle, Path.Combine(f, file))));
            cuda |= library == "torch_cuda";
        }

        var adjusted = false;
        var wrapperHandle = DynamicLinker.Open(wrapper, bindNow: true, out var reason);
        if (wrapperHandle == 0 && MissingVersions(reason) is { Count: > 0 } missing)
        {
            wrapper = AdjustedLibrary.For(wrapper, missing);
            wrapperHandle = DynamicLinker.Open(wrapper, bindNow: true, out reason);
            adjusted = true;
        }

        if (wrapperHandle == 0)
        {
            throw Unusable(folder, reason);
        }

        return new(folder, wrapper, wrapperHandle, adjusted, cuda, aliases);
    }

    private static NativeTorch LoadElsewhere(LibTorchFolder folder, string wrapper)
    {
        try
        {
            NativeLibrary.Load(Path.Combine(folder.Path, LibTorchFolder.MainLibrary));
            return new(folder, wrapper, NativeLibrary.Load(wrapper), adjusted: false, hasCuda: File.Exists(Path.Combine(folder.Path, LibTorchFolder.FileName("torch_cuda"))), []);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            throw Unusable(folder, e.Message, e);
        }
    }

    /// <summary>The versions of libstdc++ that a message of the linker misses; it names one at a time, and only GLIBCXX_3.4.32 is known to be harmless.</summary>
    private static List<string> MissingVersions(string message) =>
        message.Contains("`GLIBCXX_3.4.32' not found", StringComparison.Ordinal) ? ["GLIBCXX_3.4.32"] : [];
}
