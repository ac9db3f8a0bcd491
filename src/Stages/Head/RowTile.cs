// Rows of the class weights as the current step sees them.
using static TorchSharp.torch;

namespace XClassFlow.Stages.Head;

/// <summary>
/// A tile of rows, brought up to date with the steps they missed. Lives in the caller's dispose scope unless taken out of it.
/// </summary>
/// <param name="Rows">Which rows.</param>
/// <param name="Weight">float32 [C, D].</param>
/// <param name="Momentum">float32 [C, D]; null without momentum or where not asked for.</param>
/// <param name="IsView">Whether the tensors are the stored rows themselves: then writing into them is the update.</param>
internal sealed record RowTile(RowSet Rows, Tensor Weight, Tensor? Momentum, bool IsView);
