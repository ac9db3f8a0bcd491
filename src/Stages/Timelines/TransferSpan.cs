// One message on its way from another node.
using XClassFlow.Stages.Flow;

namespace XClassFlow.Stages.Timelines;

/// <param name="Link">The link of the graph.</param>
/// <param name="From">Number of the sending instance of <see cref="Flow.Link.From"/>.</param>
/// <param name="To">Number of the receiving instance of <see cref="Flow.Link.To"/>.</param>
/// <param name="Step">The message's step.</param>
/// <param name="MicroBatch">Its micro-batch.</param>
/// <param name="Bytes">Bytes of its tensors as they travelled.</param>
/// <param name="Begin">When the sender handed it over to be sent, by the sender's clock: UTC, in ticks of 100 ns.</param>
/// <param name="End">When it had arrived whole, by the receiver's clock.</param>
internal readonly record struct TransferSpan(Link Link, int From, int To, long Step, int MicroBatch, long Bytes, long Begin, long End);
