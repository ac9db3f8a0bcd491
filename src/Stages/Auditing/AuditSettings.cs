// Settings of the audits of the active-class softmax.
using XClassFlow.Data;

namespace XClassFlow.Stages.Auditing;

/// <summary>How often, and on how much, a step with active classes is held against all classes.</summary>
/// <param name="Every">Updates between two audits; 0: none.</param>
/// <param name="Samples">Samples of the step whose exact loss is measured; fewer where its first micro-batch has fewer.</param>
/// <param name="Classes">Sampled classes whose neighbours and rows are looked at; without meaning without a class graph.</param>
/// <param name="LossGap">Difference of exact and active loss, in nats, above which an audit alarms; 0: never.</param>
/// <param name="Recall">Recall of the class graph below which an audit alarms; 0: never.</param>
public sealed record AuditSettings(long Every = 0, int Samples = 16, int Classes = 32, double LossGap = 0, double Recall = 0.5)
{
    public void Validate(string path)
    {
        SettingsCheck.Require(Every >= 0, path, "every", Every, "write 1000 updates, or 0 for no audits");
        SettingsCheck.Within(path, "samples", Samples, 1, 65536, "16 is a good value");
        SettingsCheck.Within(path, "classes", Classes, 1, 65536, "32 is a good value");
        SettingsCheck.Require(LossGap >= 0, path, "loss-gap", LossGap, "write a difference in nats, or 0 for no alarm");
        SettingsCheck.Within(path, "recall", Recall, 0, 1);
    }
}
