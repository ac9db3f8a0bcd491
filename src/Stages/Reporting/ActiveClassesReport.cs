// How many classes took part in the steps.
namespace XClassFlow.Stages.Reporting;

/// <param name="Mode">The rule of selection.</param>
/// <param name="Budget">Classes a step may use.</param>
/// <param name="Mean">Classes a step used, on average.</param>
public sealed record ActiveClassesReport(string Mode, long Budget, double Mean);
