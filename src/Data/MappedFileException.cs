// A file changed while this process had it mapped.
namespace XClassFlow.Data;

/// <summary>What was read of it since may be anything, so nothing that was computed from it is worth keeping.</summary>
/// <param name="path">The file.</param>
/// <param name="what">What happened to it.</param>
public sealed class MappedFileException(string path, string what)
    : RunFailureException($"{path}: {what} while it was in use; bring it back and go on from the last checkpoint. To replace a file that is in use, rename another over it");
