// How many classes took part in the steps.
namespace XClassFlow.Stages.Reporting;

/// <param name="Mode">The rule of selection.</param>
/// <param name="Budget">Classes a sample may be compared with.</param>
/// <param name="Mean">Classes a sample was compared with, on average.</param>
/// <param name="Group">Samples that share a set of active classes; null: the whole batch.</param>
/// <param name="Updated">Classes whose weights a step updated, on average.</param>
/// <param name="RebuiltForRecall">Updates done when the class graph was built anew because an audit found less recall than rebuild-below; null where audits have no such consequence.</param>
public sealed record ActiveClassesReport(string Mode, long Budget, double Mean, int? Group, double Updated, IReadOnlyList<long>? RebuiltForRecall = null);
