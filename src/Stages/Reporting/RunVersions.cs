// The versions that a report, a checkpoint and xclassflow version name.
using System.Reflection;
using System.Runtime.InteropServices;

namespace XClassFlow.Stages.Reporting;

/// <summary>Versions of the program and of what it runs on.</summary>
public static class RunVersions
{
    /// <summary>xclassflow, dotnet, torchsharp, os and architecture; the hosts add what they use.</summary>
    public static SortedDictionary<string, string> Collect() => new(StringComparer.Ordinal)
    {
        ["xclassflow"] = Of(typeof(RunVersions).Assembly),
        ["dotnet"] = Environment.Version.ToString(),
        ["torchsharp"] = Of(typeof(TorchSharp.torch).Assembly),
        ["os"] = RuntimeInformation.OSDescription,
        ["architecture"] = RuntimeInformation.ProcessArchitecture.ToString(),
    };

    /// <summary>The version that an assembly was published as, without the hash of its commit.</summary>
    public static string Of(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]
        ?? assembly.GetName().Version?.ToString()
        ?? "unknown";
}
