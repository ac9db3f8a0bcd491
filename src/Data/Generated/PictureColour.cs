// Up to three channel values in 0..1; grey pictures use the first.
namespace XClassFlow.Data.Generated;

internal readonly record struct PictureColour(float Red, float Green, float Blue)
{
    public float this[int channel] => channel switch { 0 => Red, 1 => Green, _ => Blue };

    public PictureColour Plus(float amount) => new(Red + amount, Green + amount, Blue + amount);
}
