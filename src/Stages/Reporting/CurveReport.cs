// The course of a run: equally long columns, one value for each stretch of steps.
namespace XClassFlow.Stages.Reporting;

/// <param name="Step">Updates done at the end of the stretch, those before a resume included.</param>
/// <param name="Samples">Samples trained on by then, likewise.</param>
/// <param name="Loss">Mean over the stretch, of the steps that were applied.</param>
/// <param name="Top1">Mean over the stretch: share of the batch whose first answer among the active classes was right.</param>
/// <param name="BackboneRate">Learning rate of the last step.</param>
/// <param name="HeadRate">As above, of the class weights.</param>
/// <param name="Batch">Global batch of the last step.</param>
/// <param name="BackboneGradient">Norm of the backbone's gradient, mean.</param>
/// <param name="HeadGradient">Norm of the gradient of the active class weights, mean.</param>
/// <param name="NoiseScale">Gradient noise scale in samples: mean of tr Sigma over mean of |G|^2; NaN where it was not measured or the mean of |G|^2 is not above 0.</param>
/// <param name="TrustRatio">Median trust ratio of the backbone's optimizer, mean; NaN for optimizers without.</param>
public sealed record CurveReport(
    IReadOnlyList<long> Step,
    IReadOnlyList<long> Samples,
    IReadOnlyList<double> Loss,
    IReadOnlyList<double> Top1,
    IReadOnlyList<double> BackboneRate,
    IReadOnlyList<double> HeadRate,
    IReadOnlyList<int> Batch,
    IReadOnlyList<double> BackboneGradient,
    IReadOnlyList<double> HeadGradient,
    IReadOnlyList<double> NoiseScale,
    IReadOnlyList<double> TrustRatio);
