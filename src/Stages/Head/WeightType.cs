// The types that class weights may be stored in.
namespace XClassFlow.Stages.Head;

/// <summary>Products are fp32 in any case: stored rows are widened as they are read.</summary>
public enum WeightType
{
    /// <summary>4 bytes an element.</summary>
    Fp32,

    /// <summary>2 bytes an element, rounded stochastically when stored.</summary>
    Bf16,
}
