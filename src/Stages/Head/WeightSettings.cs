// Settings of how class weights are stored.
using XClassFlow.Data;

namespace XClassFlow.Stages.Head;

/// <summary>Type and place of class weights.</summary>
/// <param name="Type">Type of the elements.</param>
/// <param name="Storage">Where they lie.</param>
public sealed record WeightSettings(WeightType Type = WeightType.Fp32, WeightStorage Storage = WeightStorage.Ram)
{
    public void Validate(string path)
    {
        SettingsCheck.Known(path, "type", Type);
        SettingsCheck.Known(path, "storage", Storage);
    }
}
