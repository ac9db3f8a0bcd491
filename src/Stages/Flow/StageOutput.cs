// The sending side of one stage instance: what it sends is checked, taken over, copied for every receiver, and held back until there are credits.
namespace XClassFlow.Stages.Flow;

/// <summary>All outlets of an instance and their links. Used on the instance's thread, except <see cref="Blocked"/>.</summary>
/// <param name="address">The instance.</param>
/// <param name="links">Its outbound links.</param>
/// <param name="graph">The graph.</param>
/// <param name="kept">What the stage keeps: a tensor that is sent belongs to the receiver.</param>
/// <param name="taps">Told of every message.</param>
/// <param name="delivery">Takes messages to their receivers.</param>
internal sealed class StageOutput(StageAddress address, Link[] links, FlowGraph graph, KeptTensors kept, FlowTaps taps, IDelivery delivery)
{
    private readonly OutboundLink[] _links = Array.ConvertAll(links, l => new OutboundLink(l, address.Index, graph.CountOf(l.To)));
    private readonly HashSet<TorchSharp.torch.Tensor> _sent = new(ReferenceEqualityComparer.Instance);
    private int _thread;
    private int? _destination;

    /// <summary>Whether another call of the stage may send.</summary>
    public bool HasRoom => Array.TrueForAll(_links, l => l.HasRoom);

    /// <summary>Whether messages wait for credits.</summary>
    public bool IsHoldingBack => Array.Exists(_links, l => l.IsHoldingBack);

    /// <summary>The links without room; may be called by another thread.</summary>
    public IEnumerable<Link> Blocked => _links.Where(l => !l.HasRoom).Select(l => l.Link);

    /// <summary>Before the first message: links into feedback inlets need no credits.</summary>
    public void Start(Func<Link, bool> isFeedback) => Array.ForEach(_links, l => l.Unlimited = isFeedback(l.Link));

    /// <summary>A receiver has room for one more.</summary>
    public void Return(Link link, int to)
    {
        if (Array.Find(_links, l => l.Link.Number == link.Number)!.Return(to) is { } waiting)
        {
            delivery.Deliver(waiting);
        }
    }

    /// <summary>A call of the stage begins on this thread: only inside it may the stage send.</summary>
    /// <param name="destination">Destination of the message that is handled, which its answers go to where the stage names none; null outside of inlets.</param>
    public void Open(int? destination) => (_thread, _destination) = (Environment.CurrentManagedThreadId, destination);

    /// <summary>The call is over.</summary>
    public void Close()
    {
        (_thread, _destination) = (0, null);
        _sent.Clear();
    }

    /// <summary>Sends a message on all links of an outlet; its tensors are the receivers' from now on.</summary>
    public void Emit(Outlet outlet, Message message, int destination)
    {
        var codec = MessageCodec.Of(message.GetType());
        TakeOver(outlet, codec, message);
        Message? owned = message;
        try
        {
            destination = destination < 0 && _destination is { } handled ? handled : destination;
            taps.Sent(outlet.Name, destination, message);
            var outbound = Array.FindAll(_links, l => l.Link.Outlet == outlet.Name);
            var deliveries = outbound.SelectMany(l => l.Receivers(destination).Select(to => (Link: l, To: to))).ToArray();
            for (var i = 0; i < deliveries.Length; i++)
            {
                var isLast = i == deliveries.Length - 1;
                var copy = isLast ? message : codec.Alias(message);
                owned = isLast ? null : message;
                var (link, to) = deliveries[i];
                var envelope = new Envelope(link.Link, address.Index, to, link.Link.Kind == LinkKind.OneToOne ? destination : -1, copy);
                if (link.Admit(envelope))
                {
                    delivery.Deliver(envelope);
                }
            }
        }
        finally
        {
            // Nobody took it: no link is connected, or a tap or the wiring refused it.
            owned?.Dispose();
        }
    }

    /// <summary>Tells all receivers that nothing more comes.</summary>
    public void Complete()
    {
        foreach (var link in _links)
        {
            foreach (var to in link.AllReceivers())
            {
                delivery.Complete(link.Link, address.Index, to);
            }
        }
    }

    /// <summary>Gives what was held back; the caller's.</summary>
    public IEnumerable<Envelope> Drain() => _links.SelectMany(l => l.Drain());

    // Two owners of one native tensor would dispose it twice, on two threads: the process dies. So a mistake is found here.
    private void TakeOver(Outlet outlet, MessageCodec codec, Message message)
    {
        if (_thread != Environment.CurrentManagedThreadId)
        {
            throw new InvalidOperationException($"outlet '{outlet.Name}' may be used only inside a call of the stage, on its thread; use Context.Wake and Produce");
        }

        foreach (var (name, tensor) in codec.NamedTensors(message))
        {
            if (!_sent.Add(tensor))
            {
                throw new InvalidOperationException(
                    $"outlet '{outlet.Name}': {codec.Type.Name}.{name} was sent before in this call and has another owner now; send tensor.alias() or tensor.clone()");
            }

            if (tensor.IsInvalid)
            {
                throw new InvalidOperationException($"outlet '{outlet.Name}': {codec.Type.Name}.{name} is disposed already");
            }
        }

        foreach (var tensor in codec.Tensors(message))
        {
            tensor.DetachFromDisposeScope();
            kept.Remove(tensor);
        }
    }
}
