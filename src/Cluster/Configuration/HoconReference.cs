// A substitution ${a.b}.
namespace XClassFlow.Cluster.Configuration;

/// <summary>The value of another key, looked up when all layers are known.</summary>
internal sealed record HoconReference(HoconOrigin Origin, IReadOnlyList<string> Path) : HoconValue(Origin)
{
    // Two references to the same key are different places; the search for cycles tells them apart.
    public bool Equals(HoconReference? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
}
