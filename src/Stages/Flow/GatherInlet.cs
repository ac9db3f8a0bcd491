// The gathering inlet: the receiving half of an exchange between ranks.
namespace XClassFlow.Stages.Flow;

/// <summary>An inlet that hands over the parts of all senders together, in the senders' order.</summary>
/// <typeparam name="T">Message type of one part.</typeparam>
public sealed class GatherInlet<T> : Inlet
    where T : Message
{
    private readonly Action<IReadOnlyList<T>> _handle;
    private readonly Func<T, bool>? _when;

    internal GatherInlet(string name, Action<IReadOnlyList<T>> handle, Func<T, bool>? when, bool feedback)
        : base(name, typeof(T), feedback, gathers: true)
    {
        _handle = handle;
        _when = when;
    }

    internal override bool HasCondition => _when is not null;

    internal override void Invoke(Envelope[] envelopes) => _handle(Array.ConvertAll(envelopes, e => (T)e.Message));

    private protected override bool Accepts(Envelope[] heads) => _when is null || _when((T)heads[0].Message);
}
