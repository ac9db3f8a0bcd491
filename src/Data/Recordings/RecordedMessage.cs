// A message that crossed an edge, as a recording keeps it.
using XClassFlow.Data.Tensors;

namespace XClassFlow.Data.Recordings;

/// <summary>One message. Its tensors are borrowed: by the writer for the time of the call, from the reader until the enumeration moves on.</summary>
/// <param name="Step">The weight update that it belongs to.</param>
/// <param name="MicroBatch">Its micro-batch in the step; -1 where it belongs to the whole step.</param>
/// <param name="Source">Rank that sent it.</param>
/// <param name="Destination">Rank that received it.</param>
/// <param name="Type">Name of the message type.</param>
/// <param name="ScalarsJson">A JSON object with its other fields; "{}" where there are none.</param>
/// <param name="Tensors">Its tensors, in the order of its fields.</param>
public sealed record RecordedMessage(long Step, int MicroBatch, int Source, int Destination, string Type, string ScalarsJson, IReadOnlyList<TensorBlock> Tensors);
