// The patterns that cover a generated product.
namespace XClassFlow.Data.Generated;

internal enum PatternKind
{
    Plain,
    Stripes,
    Checks,
    Dots,
    Plaid,
}
