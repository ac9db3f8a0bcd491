// What ranks sent each other.
namespace XClassFlow.Stages.Reporting;

/// <param name="BytesSent">Bytes of tensors sent between processes, all ranks together.</param>
/// <param name="ExposedSeconds">Time that compute waited for messages, mean over the ranks; null where it was not measured.</param>
public sealed record CommunicationReport(long BytesSent, double? ExposedSeconds);
