// How far a round of propagation looks.
namespace XClassFlow.Stages.Selection.Graph;

/// <param name="Neighbours">Nearest neighbours whose lists are read.</param>
/// <param name="OfEach">Entries read of each list, nearest first.</param>
/// <param name="Reverse">Rows that name the row, whose lists are read too; 0 for none, at most 255.</param>
internal readonly record struct PropagationReach(int Neighbours, int OfEach, int Reverse);
