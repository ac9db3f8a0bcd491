// How gradients are summed over the ranks: in how many messages one after the other.
namespace XClassFlow.Stages.Training;

/// <summary>Ways of the all-reduce; each gives the same bits. R ranks, n values.</summary>
public enum AllReduceWay
{
    /// <summary>By R and the length of a segment (<see cref="AllReduceRule"/>).</summary>
    Auto,

    /// <summary>Every rank sends all it has to all others and sums everything: (R - 1) n values leave a rank, in one message after the other.</summary>
    OneHop,

    /// <summary>Parts to the rank that sums them, sums to all: 2 (R - 1) / R n values leave a rank, in two messages one after the other.</summary>
    TwoHops,
}
