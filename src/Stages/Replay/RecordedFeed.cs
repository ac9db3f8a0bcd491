// Feeds one inlet of a replayed stage with the messages that it received.
using XClassFlow.Data;
using XClassFlow.Data.Recordings;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Torch;

namespace XClassFlow.Stages.Replay;

/// <summary>The recorded messages of one link, as far as they went to one instance. Streams; a few messages are in memory at a time.</summary>
internal sealed class RecordedFeed : IDisposable
{
    private const int Ahead = 2;

    private readonly int _to;
    private readonly IEnumerator<RecordedMessage> _messages;
    private bool _ended;

    public RecordedFeed(Link link, int to, RecordingReader recording)
    {
        Link = link;
        _to = to;
        _messages = recording.Messages(link.Edge).Where(Arrives).GetEnumerator();
    }

    public Link Link { get; }

    /// <summary>Makes sure that the inlet has enough to work on. Returns whether anything was added.</summary>
    public bool Fill(StageRunner runner)
    {
        var inlet = runner.Stage.Inlets.First(i => i.Name == Link.Inlet);
        var any = false;
        while (!_ended && !inlet.HasAhead(Ahead))
        {
            _ended = !_messages.MoveNext();
            if (!_ended)
            {
                runner.Accept(ToEnvelope(_messages.Current, inlet));
                any = true;
            }
        }

        return any;
    }

    /// <summary>Tells the inlet that nothing more comes. Only when the stage has nothing left to do: feedback does not hold back a completion.</summary>
    public void Complete(StageRunner runner, int senders)
    {
        for (var from = 0; from < senders; from++)
        {
            runner.AcceptCompletion(Link, from);
        }
    }

    public void Dispose() => _messages.Dispose();

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
