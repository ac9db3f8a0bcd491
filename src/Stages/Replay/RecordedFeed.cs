// Feeds one inlet of a replayed stage with the messages that it received.
using XClassFlow.Data;
using XClassFlow.Data.Recordings;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Torch;

namespace XClassFlow.Stages.Replay;

/// <summary>The recorded messages of one link, as far as they went to one instance. Streams; a few messages are in memory at a time.</summary>
internal sealed class RecordedFeed : IDisposable
{
    private readonly int _to;
    private readonly IEnumerator<RecordedMessage> _messages;
    private readonly List<Envelope> _passedOver = [];

    public RecordedFeed(Link link, int to, RecordingReader recording)
    {
        Link = link;
        _to = to;
        _messages = recording.Messages(link.Edge).Where(Arrives).GetEnumerator();
    }

    public Link Link { get; }

    /// <summary>
    /// Makes sure that the inlet has the messages of one call. A plain inlet with several senders got their messages in an order that only the calls know: messages are recorded when they are sent.
    /// </summary>
    /// <param name="runner">The replayed stage.</param>
    /// <param name="step">Step of the call's message.</param>
    /// <param name="microBatch">Its micro-batch.</param>
    /// <returns>False when they were not recorded.</returns>
    public bool Fill(StageRunner runner, long step, int microBatch)
    {
        var inlet = runner.Stage.Inlets.First(i => i.Name == Link.Inlet);
        while (!inlet.HasMessages)
        {
            var envelope = Next(inlet, step, microBatch);
            if (envelope is null)
            {
                return false;
            }

            runner.Accept(envelope);
        }

        return true;
    }

    public void Dispose()
    {
        _passedOver.ForEach(e => e.Message.Dispose());
        _messages.Dispose();
    }

    private Envelope? Next(Inlet inlet, long step, int microBatch)
    {
        bool IsMeant(Envelope envelope) => inlet.Gathers || (envelope.Message.Step == step && envelope.Message.MicroBatch == microBatch);
        var held = _passedOver.FindIndex(IsMeant);
        if (held >= 0)
        {
            var envelope = _passedOver[held];
            _passedOver.RemoveAt(held);
            return envelope;
        }

        while (_messages.MoveNext())
        {
            var envelope = ToEnvelope(_messages.Current, inlet);
            if (IsMeant(envelope))
            {
                return envelope;
            }

            _passedOver.Add(envelope);
        }

        return null;
    }

    private bool Arrives(RecordedMessage message) => Link.Kind switch
    {
        LinkKind.OneToOne => message.Source == _to,
        LinkKind.Scatter => message.Destination == _to,
        _ => true,
    };

    private Envelope ToEnvelope(RecordedMessage recorded, Inlet inlet)
    {
        if (recorded.Type != inlet.MessageType.Name)
        {
            throw new UserErrorException($"edge {Link.Edge} holds {recorded.Type}, the stage takes {inlet.MessageType.Name}", Link.ToString(), "replay with the program that recorded");
        }

        try
        {
            var message = MessageCodec.Of(inlet.MessageType).Create(
                recorded.ScalarsJson,
                name => recorded.Tensors.FirstOrDefault(t => t.Name == name) is { } block ? TensorMemory.CopyOf(block).DetachFromDisposeScope() : null);
            // As in the run: only a one-to-one link hands on where the sender wanted the message to go.
            return new Envelope(Link, recorded.Source, _to, Link.Kind == LinkKind.OneToOne ? recorded.Destination : -1, message);
        }
        catch (FormatException e)
        {
            throw new UserErrorException(e.Message, Link.Edge, "replay with the program that recorded", e);
        }
    }
}
