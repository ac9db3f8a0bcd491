// One step's place in a trial of micro-batches.
namespace XClassFlow.Stages.Pipelining;

/// <summary>What a trial plans for a step, and needs back when the step has been measured.</summary>
/// <param name="Count">Micro-batches.</param>
/// <param name="Tries">Whether the step belongs to the trial.</param>
/// <param name="Counts">Whether its time does; the first steps after a change share links and buffers with others.</param>
internal readonly record struct MicroBatchTurn(int Count, bool Tries, bool Counts);
