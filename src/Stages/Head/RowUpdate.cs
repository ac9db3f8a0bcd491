// Settings of the update of class weights.
using XClassFlow.Data;

namespace XClassFlow.Stages.Head;

/// <summary>Row-sparse SGD for class weights.</summary>
/// <param name="Momentum">mu in v = mu v + g, w = w - rate v; applied lazily to rows that were not active, so that they move as under the dense optimizer.</param>
/// <param name="WeightDecay">lambda in g + lambda w; lazily too.</param>
public sealed record RowUpdate(double Momentum = 0.9, double WeightDecay = 0)
{
    public void Validate(string path)
    {
        SettingsCheck.Below(path, "momentum", Momentum, 1);
        SettingsCheck.Below(path, "weight-decay", WeightDecay, 1);
    }
}
