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

    private readonly Link _link;
    private readonly int _to;
    private readonly IEnumerator<RecordedMessage> _messages;
    private bool _ended;

    public RecordedFeed(Link link, int to, RecordingReader recording)
    {
        _link = link;
        _to = to;
        _messages = recording.Messages(link.Edge).Where(Arrives).GetEnumerator();
    }

    /// <summary>Makes sure that the inlet has enough to work on. Returns whether anything was added.</summary>
    public bool Fill(StageRunner runner)
    {
        var inlet = runner.Stage.Inlets.First(i => i.Name == _link.Inlet);
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

    public void Dispose() => _messages.Dispose();

    private bool Arrives(RecordedMessage message) => _link.Kind switch
    {
        LinkKind.OneToOne => message.Source == _to,
        LinkKind.Scatter => message.Destination == _to,
        _ => true,
    };

    private Envelope ToEnvelope(RecordedMessage recorded, Inlet inlet)
    {
        if (recorded.Type != inlet.MessageType.Name)
        {
            throw new UserErrorException($"edge {_link.Edge} holds {recorded.Type}, the stage takes {inlet.MessageType.Name}", _link.ToString(), "replay with the program that recorded");
        }

        try
        {
            var message = MessageCodec.Of(inlet.MessageType).Create(
                recorded.ScalarsJson,
                name => recorded.Tensors.FirstOrDefault(t => t.Name == name) is { } block ? TensorMemory.CopyOf(block).DetachFromDisposeScope() : null);
            return new Envelope(_link, recorded.Source, _to, recorded.Destination, message);
        }
        catch (FormatException e)
        {
            throw new UserErrorException(e.Message, _link.Edge, "replay with the program that recorded", e);
        }
    }
}
