// Loads a user's class library by name or by path.
using System.Reflection;
using XClassFlow.Data;

namespace XClassFlow.Stages.Configuration;

/// <summary>Finds the library of a custom component; says where it looked when it is not there.</summary>
internal static class ForeignAssembly
{
    /// <param name="name">The simple name of the assembly.</param>
    /// <param name="type">The node that names the type, for messages.</param>
    /// <param name="path">The node of the key <c>assembly</c> with the library's path, relative to the current directory; or null.</param>
    /// <exception cref="UserErrorException">There is no such file, it is no .NET library, or it holds another assembly.</exception>
    public static Assembly Load(string name, ConfigNode type, ConfigNode? path)
    {
        if (path is not null and not { Kind: ConfigNodeKind.Text })
        {
            throw new UserErrorException($"bad value {path}", path.Where, "expected the path of a .dll file");
        }

        var loaded = AppDomain.CurrentDomain.GetAssemblies().FirstOrDefault(a => Named(a, name));
        if (loaded is not null)
        {
            return loaded;
        }

        var file = Path.GetFullPath(path?.Text ?? Path.Combine(AppContext.BaseDirectory, $"{name}.dll"));
        var where = (path ?? type).Where;
        if (!File.Exists(file))
        {
            throw new UserErrorException(
                $"no assembly '{name}': there is no file {file}",
                where,
                "put the library beside the application, or give its path with assembly = \"path/to/it.dll\"");
        }

        try
        {
            // LoadFrom also finds what the library itself needs in its own folder.
            var assembly = Assembly.LoadFrom(file);
            return Named(assembly, name)
                ? assembly
                : throw new UserErrorException($"{file} holds the assembly '{assembly.GetName().Name}', not '{name}'", where, "write the same name after the comma of type");
        }
        catch (Exception e) when (e is BadImageFormatException or FileLoadException)
        {
            throw new UserErrorException($"{file} is no .NET class library that can be loaded here", where, "build it for net10.0 or older", e);
        }
    }

    private static bool Named(Assembly assembly, string name) =>
        string.Equals(assembly.GetName().Name, name, StringComparison.OrdinalIgnoreCase);
}
