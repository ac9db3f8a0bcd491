// Values of one key from several documents, where only resolving tells whether they merge.
namespace XClassFlow.Cluster.Configuration;

/// <summary>The later value, over the earlier one if both turn out to be blocks.</summary>
internal sealed record HoconLayers(HoconOrigin Origin, HoconValue Earlier, HoconValue Later) : HoconValue(Origin);
