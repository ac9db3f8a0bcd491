// One edge of a recording: the name in the graph, the file, and how to tell that the file is whole.
namespace XClassFlow.Data.Recordings;

/// <param name="Name">Name of the edge in the graph.</param>
/// <param name="File">Plain name of its Arrow file.</param>
/// <param name="Messages">Number of messages; null where the recording was not closed.</param>
/// <param name="ByteLength">Length of the file in bytes; null where the recording was not closed.</param>
/// <param name="Checksum">XxHash3 (64 bits) of the file; null where the recording was not closed or writing this edge failed.</param>
public sealed record RecordedEdge(string Name, string File, long? Messages = null, long? ByteLength = null, string? Checksum = null);
