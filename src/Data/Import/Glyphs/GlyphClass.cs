// One class of a set of glyphs.
namespace XClassFlow.Data.Import.Glyphs;

/// <param name="Character">Index of its code point among the wanted ones.</param>
/// <param name="Train">Faces (by index) that draw its training samples.</param>
/// <param name="Test">Faces that draw its test samples.</param>
internal sealed record GlyphClass(int Character, int[] Train, int[] Test);
