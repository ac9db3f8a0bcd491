// One file that an import left out.
namespace XClassFlow.Data.Import;

/// <param name="Path">The file.</param>
/// <param name="Reason">Why, in a few words.</param>
public sealed record SkippedFile(string Path, string Reason);
