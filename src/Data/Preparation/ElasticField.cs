// A smooth random displacement of a picture's points.
using System.Runtime.CompilerServices;
using XClassFlow.Data.DataSets;
using XClassFlow.Data.Randomness;

namespace XClassFlow.Data.Preparation;

/// <summary>
/// Every node of a grid of 4 x 4 cells moves by a random amount, uniform in a square; the points between move bilinearly. A coarser relative of Simard,
/// Steinkraus and Platt's elastic distortions (ICDAR 2003), which smooth a random move of every pixel.
/// </summary>
internal readonly struct ElasticField
{
    private const int Cells = 4;
    private const int Nodes = (Cells + 1) * (Cells + 1);

    private readonly Moves _x;
    private readonly Moves _y;
    private readonly int _width;
    private readonly int _height;

    /// <param name="random">Gives 50 numbers.</param>
    /// <param name="fraction">Largest move, as a part of the width or height.</param>
    /// <param name="shape">Size of the picture.</param>
    public ElasticField(ref CounterRandom random, double fraction, SampleShape shape)
    {
        (_width, _height) = (shape.Width, shape.Height);
        var (farX, farY) = ((float)fraction * _width, (float)fraction * _height);
        for (var node = 0; node < Nodes; node++)
        {
            _x[node] = random.NextSingle(-farX, farX);
            _y[node] = random.NextSingle(-farY, farY);
        }
    }

    /// <summary>The moves of a row's points, in pixels.</summary>
    /// <param name="row">The row.</param>
    /// <param name="x">Receives [width] moves to the right.</param>
    /// <param name="y">Receives [width] moves down.</param>
    public void Row(int row, Span<float> x, Span<float> y)
    {
        var (line, down) = Place(row, _height);
        var across = (float)Cells / Math.Max(1, _width - 1);
        for (var i = 0; i < _width; i++)
        {
            var at = i * across;
            var cell = Math.Min((int)at, Cells - 1);
            var node = (line * (Cells + 1)) + cell;
            x[i] = Between(in _x, node, at - cell, down);
            y[i] = Between(in _y, node, at - cell, down);
        }
    }

    private static (int Cell, float Part) Place(int point, int points)
    {
        var at = point * ((float)Cells / Math.Max(1, points - 1));
        var cell = Math.Min((int)at, Cells - 1);
        return (cell, at - cell);
    }

    private static float Between(in Moves moves, int node, float right, float down)
    {
        var upper = moves[node] + ((moves[node + 1] - moves[node]) * right);
        var lower = moves[node + Cells + 1] + ((moves[node + Cells + 2] - moves[node + Cells + 1]) * right);
        return upper + ((lower - upper) * down);
    }

    [InlineArray(Nodes)]
    private struct Moves
    {
        private float _first;
    }
}
