// Joins a host's part of the graph to the other nodes' parts over the tensor lane.
using XClassFlow.Cluster.Lane;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Timelines;
using static TorchSharp.torch;

namespace XClassFlow.Cluster.Hosting;

/// <summary>
/// Sends messages, credits and completions to the nodes that hold their receivers, and hands over what arrives. Other nodes may begin earlier: what comes before the
/// host is attached waits here (credits bound it). Every link has a stream of its own, so its order is kept and a large message holds up nobody else.
/// </summary>
/// <param name="self">This node.</param>
/// <param name="nodeOf">The node that holds an instance.</param>
/// <param name="shorten">Makes the wire form of a compressible tensor; null: as it is.</param>
internal sealed class LaneParts(int self, Func<StageAddress, int> nodeOf, Func<Tensor, Tensor>? shorten) : IRemoteParts, ILaneReceiver, IDisposable
{
    private const int CreditStream = 0;

    private readonly Lock _gate = new();
    private readonly Queue<(int Node, Parcel? Parcel, Exception? Broken)> _early = [];
    private ILane? _lane;
    private FlowGraph? _graph;
    private GraphPorts? _ports;
    private IArrivals? _arrivals;
    private volatile bool _detached;

    /// <summary>Told when messages arrive; null: nobody asks. Set before the lane is opened.</summary>
    public Timeline? Timeline { get; set; }

    /// <summary>The opened lane; borrowed.</summary>
    public void Use(ILane lane) => _lane = lane;

    public bool IsLocal(StageAddress address) => nodeOf(address) == self;

    public void Attach(IArrivals arrivals, FlowGraph graph, GraphPorts ports)
    {
        lock (_gate)
        {
            (_arrivals, _graph, _ports) = (arrivals, graph, ports);
            while (_early.TryDequeue(out var early))
            {
                Take(early.Node, early.Parcel, early.Broken);
            }
        }
    }

    public void Detach()
    {
        lock (_gate)
        {
            _detached = true;
            while (_early.TryDequeue(out var early))
            {
                early.Parcel?.Dispose();
            }
        }
    }

    public void Dispose() => Detach();

    public void Deliver(Envelope envelope)
    {
        if (_detached)
        {
            envelope.Message.Dispose();
            return;
        }

        Send(new StageAddress(envelope.Link.To, envelope.To), 1 + envelope.Link.Number, EnvelopeCodec.Encode(envelope, shorten, Timeline is { IsNoting: true } timeline ? timeline.Now : 0));
    }

    public void Credit(Link link, int from, int to)
        => Send(new StageAddress(link.From, from), CreditStream, EnvelopeCodec.Encode(EnvelopeCodec.Kind.Credit, link, from, to));

    public void Complete(Link link, int from, int to)
        => Send(new StageAddress(link.To, to), 1 + link.Number, EnvelopeCodec.Encode(EnvelopeCodec.Kind.Completion, link, from, to));

    void ILaneReceiver.Received(int node, int stream, Parcel parcel)
    {
        ArrivalThread.Open();
        try
        {
            Accept(node, parcel, null);
        }
        finally
        {
            ArrivalThread.Close();
        }
    }

    void ILaneReceiver.Broken(int node, Exception cause) => Accept(node, null, cause);

    // Under the lock, so that after Detach nothing is on its way to an actor that may have ended.
    private void Accept(int node, Parcel? parcel, Exception? broken)
    {
        lock (_gate)
        {
            if (_detached)
            {
                parcel?.Dispose();
            }
            else if (_arrivals is null)
            {
                _early.Enqueue((node, parcel, broken));
            }
            else
            {
                Take(node, parcel, broken);
            }
        }
    }

    private void Take(int node, Parcel? parcel, Exception? broken)
    {
        if (parcel is null)
        {
            _arrivals!.Failed(broken!);
            return;
        }

        try
        {
            Dispatch(node, parcel);
        }
        catch (FormatException e)
        {
            parcel.Dispose();
            _arrivals!.Failed(new LaneException(e.Message, e));
        }
    }

    private void Dispatch(int node, Parcel parcel)
    {
        var (kind, link, from, to) = EnvelopeCodec.Address(parcel, _graph!);
        var (sender, receiver) = (new StageAddress(link.From, from), new StageAddress(link.To, to));
        var (here, there) = kind == EnvelopeCodec.Kind.Credit ? (sender, receiver) : (receiver, sender);
        if (!IsLocal(here) || nodeOf(there) != node)
        {
            throw new FormatException($"node {node} sent a {kind} on {link} for {here}, which it has no business with");
        }

        switch (kind)
        {
            case EnvelopeCodec.Kind.Message:
                Note(parcel, link, from, to);
                _arrivals!.Arrived(receiver, new RemoteMessage(parcel, Decode));
                return;
            case EnvelopeCodec.Kind.Credit:
                _arrivals!.Credit(link, from, to);
                break;
            default:
                _arrivals!.Complete(link, from, to);
                break;
        }

        parcel.Dispose();
    }

    // What a peer sends is the peer's fault, whichever thread finds it.
    private Envelope Decode(Parcel parcel)
    {
        try
        {
            return EnvelopeCodec.Decode(parcel, _graph!, _ports!);
        }
        catch (FormatException e)
        {
            throw new LaneException(e.Message, e);
        }
    }

    private void Note(Parcel parcel, Link link, int from, int to)
    {
        if (Timeline is { IsNoting: true } timeline && EnvelopeCodec.Stamp(parcel, _graph!) is { Sent: > 0 } stamp)
        {
            timeline.Arrived(new TransferSpan(link, from, to, stamp.Step, stamp.MicroBatch, parcel.Tensors.Sum(t => t.numel() * t.element_size()), stamp.Sent, timeline.Now));
        }
    }

    private void Send(StageAddress to, int stream, Parcel parcel)
    {
        if (_detached || _lane is not { } lane)
        {
            parcel.Dispose();
            return;
        }

        lane.Send(nodeOf(to), stream, parcel);
    }
}
