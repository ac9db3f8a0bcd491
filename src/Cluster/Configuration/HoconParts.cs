// Several values written side by side: "${dir}/train.arrow", or ${defaults} { rate = 1 }.
namespace XClassFlow.Cluster.Configuration;

/// <summary>Scalars join to one text, blocks merge, lists append.</summary>
internal sealed record HoconParts(HoconOrigin Origin, IReadOnlyList<HoconValue> Parts) : HoconValue(Origin);
