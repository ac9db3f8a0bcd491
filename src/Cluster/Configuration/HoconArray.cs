// A list.
namespace XClassFlow.Cluster.Configuration;

/// <summary>Items in order.</summary>
internal sealed record HoconArray(HoconOrigin Origin, IReadOnlyList<HoconValue> Items) : HoconValue(Origin);
