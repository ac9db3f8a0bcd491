// The plain inlet: one message at a time.
namespace XClassFlow.Stages.Flow;

/// <summary>A plain inlet.</summary>
/// <typeparam name="T">Message type.</typeparam>
public sealed class Inlet<T> : Inlet
    where T : Message
{
    private readonly Action<T> _handle;
    private readonly Func<T, bool>? _when;

    internal Inlet(string name, Action<T> handle, Func<T, bool>? when, bool feedback)
        : base(name, typeof(T), feedback, gathers: false)
    {
        _handle = handle;
        _when = when;
    }

    internal override bool HasCondition => _when is not null;

    internal override void Invoke(Envelope[] envelopes) => _handle((T)envelopes[0].Message);

    private protected override bool Accepts(Envelope[] heads) => _when is null || _when((T)heads[0].Message);
}
