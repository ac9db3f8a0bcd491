// How a run converged, and what was decided on the way.
namespace XClassFlow.Stages.Reporting;

/// <param name="Ended">Why the policy ended the run before its configured length; null where it did not.</param>
/// <param name="LeftOut">Steps that were not applied, because their loss or gradient was no number or far too large.</param>
/// <param name="Decisions">Changes of the decisions: another batch or number of micro-batches, another reason, or a rate that moved by a tenth.</param>
/// <param name="Curve">The course of the run.</param>
/// <param name="Returns">Returns to the last good checkpoint, first one first.</param>
public sealed record ConvergenceReport(string? Ended, long LeftOut, IReadOnlyList<DecisionReport> Decisions, CurveReport Curve, IReadOnlyList<ReturnReport> Returns);
