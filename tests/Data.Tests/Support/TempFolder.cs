// A folder of a test's own, removed with everything in it.
namespace XClassFlow.Data.Tests.Support;

public sealed class TempFolder : IDisposable
{
    public TempFolder() => Path = Directory.CreateTempSubdirectory("xcf-data-").FullName;

    public string Path { get; }

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public string Folder(params string[] names) => Directory.CreateDirectory(System.IO.Path.Combine([Path, .. names])).FullName;

    /// <summary>Names of all files in the folder, for "nothing is left" checks.</summary>
    public string[] Names() => [.. Directory.EnumerateFiles(Path).Select(f => System.IO.Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
