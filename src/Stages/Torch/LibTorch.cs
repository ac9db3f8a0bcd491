// Loads libtorch and TorchSharp's native library: finds them, fits them to the system, and says in one line what is wrong where that fails.
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using TorchSharp;
using XClassFlow.Data;

namespace XClassFlow.Stages.Torch;

/// <summary>
/// The one door to libtorch. Commands, test assemblies (in a module initializer) and benchmarks call <see cref="EnsureLoaded"/> before their first use of
/// a TorchSharp type. Where nobody did, that first use loads the bundled libtorch through <see cref="Register"/>.
/// </summary>
/// <remarks>
/// On systems whose libstdc++ is older than GCC 13's, TorchSharp's native library is refused because it asks for GLIBCXX_3.4.32; a copy in which
/// that version is optional is loaded in its place (<see cref="AdjustedLibrary"/>). Both carry the same SONAME, so whoever asks for the library
/// by name later, TorchSharp included, gets the one that is loaded. Newer systems load the original.
/// </remarks>
public static class LibTorch
{
    private const string Wrapper = "LibTorchSharp";
    private static readonly Lock Gate = new();
    private static NativeTorch? loaded;
    private static bool registered;

    /// <summary>
    /// Makes the first use of a TorchSharp type load its native library through this class; loads nothing. Runs by itself when this assembly is first used.
    /// </summary>
    /// <remarks>
    /// A safety net, good for the bundled libtorch only: the runtime asks here when its own search has failed, too late to choose another libtorch (it then
    /// fails), and TorchSharp turns whatever goes wrong here into its own long message.
    /// </remarks>
#pragma warning disable CA2255 // Libraries should not have module initializers: a native loader is the case they are made for.
    [ModuleInitializer]
#pragma warning restore CA2255
    public static void Register()
    {
        lock (Gate)
        {
            if (!registered)
            {
                registered = true;
                AssemblyLoadContext.Default.ResolvingUnmanagedDll += Resolve;
            }
        }
    }

    /// <summary>Loads libtorch; does nothing when it is loaded already. Thread-safe.</summary>
    /// <param name="libtorchFolder">The folder to use (configuration key xclassflow.torch.libtorch); null: XCLASSFLOW_LIBTORCH, else the bundled one.</param>
    /// <exception cref="UserErrorException">No usable libtorch, or another one is loaded already.</exception>
    public static LibTorchInfo EnsureLoaded(string? libtorchFolder = null)
    {
        var native = LoadNative(libtorchFolder);
        if (!string.IsNullOrEmpty(libtorchFolder) && LibTorchFolder.Find(libtorchFolder, null, []).Path != native.Folder.Path)
        {
            throw new UserErrorException(
                $"'{libtorchFolder}' cannot be used, libtorch from {native.Folder.Path} is loaded already",
                LibTorchFolder.ConfigKey,
                "start another process for it");
        }

        // Not under the gate: another thread may be inside TorchSharp's class constructor, waiting for the gate in Resolve.
        Start(native);
        var assembly = typeof(torch).Assembly;
        var version = assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0];
        return new(
            native.Folder.Path,
            native.Folder.Origin,
            native.Folder.Version(torch.__version__),
            version ?? assembly.GetName().Version?.ToString() ?? "unknown",
            native.Adjusted,
            native.Wrapper,
            torch.get_num_threads());
    }

    /// <summary>Starts TorchSharp's managed side, which asks for its libraries by name once per device type.</summary>
    private static void Start(NativeTorch native)
    {
        try
        {
            torch.TryInitializeDeviceType(DeviceType.CPU);
            if (native.HasCuda)
            {
                torch.TryInitializeDeviceType(DeviceType.CUDA);
            }
        }
        catch (Exception e) when (e is TypeInitializationException or NotSupportedException)
        {
            throw Unusable(native.Folder, e.GetBaseException().Message, e);
        }
        finally
        {
            foreach (var alias in native.ClaimAliases())
            {
                alias.Dispose();
            }
        }
    }

    private static NativeTorch LoadNative(string? argument)
    {
        lock (Gate)
        {
            if (loaded is null)
            {
                var folder = LibTorchFolder.Find(argument, Environment.GetEnvironmentVariable(LibTorchFolder.Variable), BundledFolders());
                loaded = OperatingSystem.IsLinux() ? LoadOnLinux(folder, WrapperPath()) : LoadElsewhere(folder, WrapperPath());
            }

            return loaded;
        }
    }

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
                throw Unusable(folder, error);
            }

            // TorchSharp's start asks by name, and the runtime would find a bundled file before the loaded one: two libtorches in a process, which abort it.
            aliases.AddRange(SearchFolders().Where(f => f != folder.Path && File.Exists(Path.Combine(f, file))).Take(1)
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

    private static nint Resolve(Assembly assembly, string name)
    {
        if (assembly != typeof(torch).Assembly || name is not (Wrapper or "torch_cpu"))
        {
            return 0;
        }

        // On the thread that runs TorchSharp's class constructor: load, and leave the constructor to go on.
        var native = LoadNative(null);
        return name == Wrapper ? native.WrapperHandle : 0;
    }

    private static UserErrorException Unusable(LibTorchFolder folder, string why, Exception? inner = null) =>
        new(
            $"the libtorch in this folder ({folder.Origin}) cannot be used with TorchSharp (made for libtorch {BuiltFor()}): {why}",
            folder.Path,
            folder.Origin == "bundled"
                ? "restore and build again, or set XCLASSFLOW_LIBTORCH to another libtorch"
                : $"name another folder, or leave {(folder.Origin == "environment" ? LibTorchFolder.Variable : LibTorchFolder.ConfigKey)} out to use the bundled one",
            inner);

    private static string BuiltFor() => typeof(torch).GetField("libtorchPackageVersion", BindingFlags.NonPublic | BindingFlags.Static)?.GetRawConstantValue() as string ?? "of its own version";

    private static string WrapperPath()
    {
        var name = LibTorchFolder.FileName(Wrapper);
        var folders = BundledFolders();
        return folders.Select(f => Path.Combine(f, name)).FirstOrDefault(File.Exists)
            ?? throw new UserErrorException($"TorchSharp's native library {name} is in none of {string.Join(", ", folders)}", "TorchSharp", "restore and build again");
    }

    /// <summary>Where the packages' native files may lie: the runtime's search folders, and folders beside the application.</summary>
    private static List<string> BundledFolders()
    {
        var below = Path.Combine("runtimes", OperatingSystem.IsWindows() ? "win-x64" : OperatingSystem.IsMacOS() ? "osx-arm64" : "linux-x64", "native");
        return [.. SearchFolders()
            .Append(Path.Combine(AppContext.BaseDirectory, below))
            .Append(Path.Combine(AppContext.BaseDirectory, "libtorch"))
            .Select(f => Path.TrimEndingDirectorySeparator(Path.GetFullPath(f)))
            .Distinct()];
    }

    private static IEnumerable<string> SearchFolders()
    {
        var native = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "";
        return native.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Append(AppContext.BaseDirectory)
            .Select(Path.TrimEndingDirectorySeparator);
    }
}
