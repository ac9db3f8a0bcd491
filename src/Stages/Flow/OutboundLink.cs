// The sending end of a link at one instance: credits per receiver, and what waits for them.
namespace XClassFlow.Stages.Flow;

/// <summary>
/// Credits of one sender on one link. A call of a stage may send more than there are credits for; the rest waits here, and the stage is not run
/// again (except for feedback) until everything has left. So memory is bounded by the capacity plus what one call sends.
/// </summary>
internal sealed class OutboundLink
{
    private readonly int _index;
    private readonly int[] _credits;
    private readonly Queue<Envelope>[] _waiting;

    public OutboundLink(Link link, int index, int receivers)
    {
        Link = link;
        _index = index;
        _credits = new int[receivers];
        Array.Fill(_credits, link.Capacity);
        _waiting = [.. Enumerable.Range(0, receivers).Select(_ => new Queue<Envelope>())];
    }

    public Link Link { get; }

    /// <summary>Links into feedback inlets need no credits.</summary>
    public bool Unlimited { get; set; }

    public bool HasRoom => Unlimited || AllReceivers().All(to => _credits[to] > 0);

    public bool IsHoldingBack => Array.Exists(_waiting, w => w.Count > 0);

    public IEnumerable<int> AllReceivers() => Link.Kind == LinkKind.OneToOne ? [_index] : Enumerable.Range(0, _credits.Length);

    public IEnumerable<int> Receivers(int destination)
    {
        if (Link.Kind != LinkKind.Scatter)
        {
            return AllReceivers();
        }

        return destination >= 0 && destination < _credits.Length
            ? [destination]
            : throw new InvalidOperationException($"a message on {Link} needs a destination in [0, {_credits.Length}); use SendTo");
    }

    /// <summary>Whether the message may leave now; otherwise it is kept here.</summary>
    public bool Admit(Envelope envelope)
    {
        if (Unlimited)
        {
            return true;
        }

        if (_credits[envelope.To] > 0)
        {
            _credits[envelope.To]--;
            return true;
        }

        _waiting[envelope.To].Enqueue(envelope);
        return false;
    }

    /// <summary>Takes a credit back; gives the message that may leave with it, if one waits.</summary>
    public Envelope? Return(int to)
    {
        if (Unlimited)
        {
            return null;
        }

        if (_waiting[to].TryDequeue(out var envelope))
        {
            return envelope;
        }

        _credits[to]++;
        return null;
    }

    public IEnumerable<Envelope> Drain()
    {
        foreach (var queue in _waiting)
        {
            while (queue.TryDequeue(out var envelope))
            {
                yield return envelope;
            }
        }
    }
}
