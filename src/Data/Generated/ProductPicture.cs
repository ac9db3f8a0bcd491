// The picture of one class, as parameters: what its family shares and the small details that are its own.
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using XClassFlow.Data.Randomness;

namespace XClassFlow.Data.Generated;

/// <summary>
/// A family fixes the silhouette (a turned profile with two added or cut-out parts), the pattern and the places of four marks; a member moves the
/// pattern a little and chooses each mark's figure, tone and exact place. Built on the stack from hashes alone.
/// </summary>
internal struct ProductPicture
{
    private const int Marks = 4;
    private const int Parts = 2;

    private PictureColour _background;
    private PictureColour _body;
    private PictureColour _patternColour;
    private float _height;
    private (float C0, float C1, float C2, float C3, float C4) _profile;
    private float _lean;
    private float _bend;
    private PatternKind _pattern;
    private float _cos;
    private float _sin;
    private float _frequency1;
    private float _frequency2;
    private float _phase1;
    private float _phase2;
    private MarkArray _parts;
    private MarkArray _marks;
    private int _added;
    private int _cut;
    private int _shown;

    /// <summary>The picture of a class.</summary>
    /// <param name="seed">Seed of the whole set.</param>
    /// <param name="family">Its family.</param>
    /// <param name="label">The class.</param>
    public static ProductPicture Of(ulong seed, long family, long label)
    {
        var picture = default(ProductPicture);
        var shared = new CounterRandom(SplitMix64.Derive(seed, 1, (ulong)family));
        var own = new CounterRandom(SplitMix64.Derive(seed, 2, (ulong)label));
        picture.ShapeBody(ref shared);
        picture.ShapeParts(ref shared);
        picture.ChoosePattern(ref shared, ref own);
        picture.PlaceMarks(ref shared, ref own);
        return picture;
    }

    /// <summary>Eight pixels of the picture: each channel's value, about 0 to 1.</summary>
    /// <param name="u">Their coordinates across, -1 to 1.</param>
    /// <param name="v">Their coordinates down.</param>
    /// <param name="pixelsPerUnit">Size of the picture / 2.</param>
    /// <param name="red">First channel.</param>
    /// <param name="green">Second channel; computed only if <paramref name="isColour"/>.</param>
    /// <param name="blue">Third channel; computed only if <paramref name="isColour"/>.</param>
    /// <param name="isColour">Whether there are three channels.</param>
    public readonly void Paint(
        Vector256<float> u, Vector256<float> v, float pixelsPerUnit, bool isColour, out Vector256<float> red, out Vector256<float> green, out Vector256<float> blue)
    {
        var inside = Silhouette(u, v, pixelsPerUnit);
        var shade = PictureMark.Clamp((v * -0.12f) + (u * 0.08f) + Vector256.Create(0.88f));
        var pattern = Pattern(u, v);
        red = Mix(Vector256.Create(_body.Red), _patternColour.Red, pattern) * shade;
        green = blue = red;
        if (isColour)
        {
            green = Mix(Vector256.Create(_body.Green), _patternColour.Green, pattern) * shade;
            blue = Mix(Vector256.Create(_body.Blue), _patternColour.Blue, pattern) * shade;
        }

        for (var i = 0; i < Marks; i++)
        {
            if ((_shown & (1 << i)) != 0)
            {
                ref readonly var mark = ref _marks[i];
                var cover = mark.Cover(u, v, pixelsPerUnit);
                red = Mix(red, mark.Colour.Red, cover);
                if (isColour)
                {
                    green = Mix(green, mark.Colour.Green, cover);
                    blue = Mix(blue, mark.Colour.Blue, cover);
                }
            }
        }

        red = Mix(Vector256.Create(_background.Red), red, inside);
        if (isColour)
        {
            green = Mix(Vector256.Create(_background.Green), green, inside);
            blue = Mix(Vector256.Create(_background.Blue), blue, inside);
        }
    }

    private readonly Vector256<float> Silhouette(Vector256<float> u, Vector256<float> v, float pixelsPerUnit)
    {
        var t = v * (1 / _height);
        var width = (((((((t * _profile.C4) + Vector256.Create(_profile.C3)) * t) + Vector256.Create(_profile.C2)) * t)
            + Vector256.Create(_profile.C1)) * t) + Vector256.Create(_profile.C0);
        width = Vector256.Min(Vector256.Max(width, Vector256.Create(0.1f)), Vector256.Create(0.82f));
        var centre = ((t * _bend) + Vector256.Create(_lean)) * t;
        var depth = Vector256.Min(width - Vector256.Abs(u - centre), Vector256.Create(_height) - Vector256.Abs(v));
        var inside = PictureMark.Clamp((depth * pixelsPerUnit) + Vector256.Create(0.5f));
        for (var i = 0; i < Parts; i++)
        {
            if (((_added | _cut) & (1 << i)) != 0)
            {
                var part = _parts[i].Cover(u, v, pixelsPerUnit);
                inside = (_added & (1 << i)) != 0 ? Vector256.Max(inside, part) : Vector256.Min(inside, Vector256<float>.One - part);
            }
        }

        return inside;
    }

    private readonly Vector256<float> Pattern(Vector256<float> u, Vector256<float> v)
    {
        if (_pattern == PatternKind.Plain)
        {
            return Vector256<float>.Zero;
        }

        var along = Triangle((((u * _cos) + (v * _sin)) * _frequency1) + Vector256.Create(_phase1));
        var across = Triangle((((v * _cos) - (u * _sin)) * _frequency2) + Vector256.Create(_phase2));
        var value = _pattern switch
        {
            PatternKind.Stripes => along,
            PatternKind.Checks => Vector256.Create(0.5f) + ((along - Vector256.Create(0.5f)) * (across - Vector256.Create(0.5f)) * 4f),
            PatternKind.Dots => Vector256.Min(along, across),
            _ => Vector256.Max(along, across) - Vector256.Create(0.2f),
        };
        return PictureMark.Clamp(((value - Vector256.Create(0.5f)) * 3f) + Vector256.Create(0.5f));
    }

    // A wave of period 1 between 0 and 1.
    private static Vector256<float> Triangle(Vector256<float> x) => Vector256.Abs(((x - Vector256.Floor(x)) * 2f) - Vector256<float>.One);

    private static Vector256<float> Mix(Vector256<float> under, float over, Vector256<float> cover) => under + ((Vector256.Create(over) - under) * cover);

    private static Vector256<float> Mix(Vector256<float> under, Vector256<float> over, Vector256<float> cover) => under + ((over - under) * cover);

    private void ShapeBody(ref CounterRandom random)
    {
        _background = new PictureColour(0, 0, 0).Plus(random.NextSingle(0, 0.15f));
        _body = new(random.NextSingle(0.4f, 0.85f), random.NextSingle(0.25f, 0.9f), random.NextSingle(0.25f, 0.9f));
        _height = random.NextSingle(0.5f, 0.88f);
        _profile = (
            random.NextSingle(0.32f, 0.62f), random.NextSingle(-0.3f, 0.3f), random.NextSingle(-0.5f, 0.5f),
            random.NextSingle(-0.35f, 0.35f), random.NextSingle(-0.5f, 0.5f));
        _lean = random.NextSingle(-0.1f, 0.1f);
        _bend = random.NextSingle(-0.2f, 0.2f);
    }

    private void ShapeParts(ref CounterRandom random)
    {
        for (var i = 0; i < Parts; i++)
        {
            var use = random.NextInt32(5);
            _added |= use <= 1 ? 1 << i : 0;
            _cut |= use == 2 ? 1 << i : 0;
            Turn(ref _parts[i], random.NextSingle(0, MathF.PI));
            _parts[i].Kind = (MarkKind)random.NextInt32(3);
            _parts[i].U = random.NextSingle(-0.6f, 0.6f);
            _parts[i].V = random.NextSingle(-0.6f, 0.6f);
            _parts[i].RadiusU = random.NextSingle(0.15f, 0.4f);
            _parts[i].RadiusV = random.NextSingle(0.15f, 0.4f);
        }
    }

    private void ChoosePattern(ref CounterRandom shared, ref CounterRandom own)
    {
        _pattern = (PatternKind)shared.NextInt32(5);
        var darker = _body.Red > 0.6f ? -1f : 1f;
        _patternColour = _body.Plus(darker * (shared.NextSingle(0.2f, 0.38f) + own.NextSingle(-0.06f, 0.06f)));
        var angle = shared.NextSingle(0, MathF.PI) + own.NextSingle(-0.15f, 0.15f);
        (_sin, _cos) = PortableMath.SinCos(angle);
        _frequency1 = shared.NextSingle(1.3f, 3.2f) * own.NextSingle(0.92f, 1.08f);
        _frequency2 = shared.NextSingle(1.3f, 3.2f) * own.NextSingle(0.92f, 1.08f);
        _phase1 = shared.NextSingle() + own.NextSingle(-0.1f, 0.1f);
        _phase2 = shared.NextSingle() + own.NextSingle(-0.1f, 0.1f);
    }

    private void PlaceMarks(ref CounterRandom shared, ref CounterRandom own)
    {
        for (var i = 0; i < Marks; i++)
        {
            // One mark to each quarter of the height, inside the profile, so that marks show and do not hide each other.
            var t = (((i + 0.5f) / Marks) * 1.7f) - 0.85f;
            var width = _profile.C0 + (t * (_profile.C1 + (t * (_profile.C2 + (t * (_profile.C3 + (t * _profile.C4)))))));
            ref var mark = ref _marks[i];
            mark.U = (t * (_lean + (t * _bend))) + (shared.NextSingle(-0.6f, 0.6f) * Math.Clamp(width, 0.1f, 0.82f)) + own.NextSingle(-0.07f, 0.07f);
            mark.V = (t * _height) + own.NextSingle(-0.04f, 0.04f);
            mark.RadiusU = shared.NextSingle(0.14f, 0.26f);
            mark.RadiusV = shared.NextSingle(0.12f, 0.2f);
            mark.Kind = (MarkKind)own.NextInt32(4);
            Turn(ref mark, own.NextSingle(-0.4f, 0.4f));
            var tone = own.NextInt32(4);
            _shown |= tone > 0 ? 1 << i : 0;
            mark.Colour = tone switch
            {
                1 => new(own.NextSingle(0.02f, 0.12f), own.NextSingle(0, 0.3f), own.NextSingle(0, 0.3f)),
                2 => new(own.NextSingle(0.9f, 1f), own.NextSingle(0.6f, 1f), own.NextSingle(0.6f, 1f)),
                _ => new(own.NextSingle(0.2f, 0.35f), own.NextSingle(0, 1f), own.NextSingle(0, 1f)),
            };
        }
    }

    private static void Turn(ref PictureMark mark, float angle) => (mark.Sin, mark.Cos) = PortableMath.SinCos(angle);

    [InlineArray(4)]
    private struct MarkArray
    {
        private PictureMark _first;
    }
}
