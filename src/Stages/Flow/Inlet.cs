// Where messages enter a stage: a typed queue with a handler and a condition.
namespace XClassFlow.Stages.Flow;

/// <summary>
/// An inlet of a stage. A plain inlet hands over messages one by one in the order of arrival; a gathering one waits until every sending instance
/// has sent its part of the same (step, micro-batch) and hands over all parts in the order of the senders, so that sums have one order.
/// </summary>
public abstract class Inlet
{
    private Queue<Envelope>[] _queues = [new()];
    private bool[] _completed = [];

    private protected Inlet(string name, Type messageType, bool isFeedback, bool gathers)
    {
        Name = name;
        MessageType = messageType;
        IsFeedback = isFeedback;
        Gathers = gathers;
    }

    public string Name { get; }

    public Type MessageType { get; }

    /// <summary>
    /// Feedback inlets carry answers to what the stage sent on. Their volume is bounded by what is in flight, so they need no credits, go before all
    /// other inlets, and do not hold back the stage's completion.
    /// </summary>
    public bool IsFeedback { get; }

    /// <summary>Whether the inlet waits for the parts of all senders.</summary>
    public bool Gathers { get; }

    internal bool IsConnected => _completed.Length > 0;

    internal bool IsComplete => Array.TrueForAll(_completed, c => c) && Pending == 0;

    internal int Pending => _queues.Sum(q => q.Count);

    internal bool IsReady => Array.TrueForAll(_queues, q => q.Count > 0) && Accepts(Heads());

    /// <summary>The step of the first waiting message; only while there is one.</summary>
    internal long NextStep => _queues[0].Peek().Message.Step;

    /// <summary>Whether every sender's queue holds at least so many messages (for a plain inlet: the one queue).</summary>
    internal bool HasAhead(int messages) => Array.TrueForAll(_queues, q => q.Count >= messages);

    internal void Connect(int senders)
    {
        _completed = new bool[senders];
        _queues = [.. Enumerable.Range(0, Gathers ? senders : 1).Select(_ => new Queue<Envelope>())];
    }

    /// <summary>Whether the handler waits for more than the arrival of messages.</summary>
    internal abstract bool HasCondition { get; }

    /// <summary>The message that the condition is asked about; null while parts are missing.</summary>
    internal Message? Head => Array.TrueForAll(_queues, q => q.Count > 0) ? _queues[0].Peek().Message : null;

    internal void Enqueue(Envelope envelope) => _queues[Gathers ? SenderOf(envelope.Link, envelope.From) : 0].Enqueue(envelope);

    internal void CompleteFrom(Link link, int sender) => _completed[SenderOf(link, sender)] = true;

    /// <summary>Takes the messages of one call of the handler off the queues; the caller owns them.</summary>
    internal Envelope[] Take()
    {
        var heads = Array.ConvertAll(_queues, q => q.Dequeue());
        foreach (var head in heads)
        {
            if (head.Message.Step != heads[0].Message.Step || head.Message.MicroBatch != heads[0].Message.MicroBatch)
            {
                var parts = string.Join(", ", heads.Select(h => $"{h.Link.From}[{h.From}]: step {h.Message.Step} micro-batch {h.Message.MicroBatch}"));
                foreach (var part in heads)
                {
                    part.Message.Dispose();
                }

                throw new InvalidOperationException($"inlet '{Name}' received parts that do not belong together ({parts})");
            }
        }

        return heads;
    }

    internal IEnumerable<Envelope> Drain()
    {
        foreach (var queue in _queues)
        {
            while (queue.TryDequeue(out var envelope))
            {
                yield return envelope;
            }
        }
    }

    internal abstract void Invoke(Envelope[] envelopes);

    private protected abstract bool Accepts(Envelope[] heads);

    // A one-to-one link has one sender, whatever its number in its group.
    private static int SenderOf(Link link, int from) => link.Kind == LinkKind.OneToOne ? 0 : from;

    private Envelope[] Heads() => Array.ConvertAll(_queues, q => q.Peek());
}
