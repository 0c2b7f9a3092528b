namespace Aftershocks;

/// <summary>The key: a field of about 111 by 111 km, one degree of latitude high, wider in degrees the nearer it is to a pole.</summary>
/// <remarks>
/// Quakes near a border belong to a sequence on the other side too. So each is sent to its own region, its home, and to every other one
/// within reach: one to four regions as a rule, a whole row of them around a pole. A sequence is looked for in the home of its strong quake
/// alone, where everything in reach of it is seen: nothing is missed, nothing is found twice.
/// </remarks>
/// <param name="Row">0 (at the south pole) to 179.</param>
/// <param name="Column">From 0, eastwards from 180° W.</param>
internal readonly record struct Region(int Row, int Column)
{
    private const int Rows = 180;

    public static Region HomeOf(in Quake quake)
    {
        int row = RowOf(quake.Latitude);
        return new Region(row, ColumnOf(row, quake.Longitude));
    }

    /// <summary>Every region that a point at most so far from the quake can be in.</summary>
    public static IEnumerable<Region> Within(Quake quake, double kilometres)
    {
        double reach = Quake.DegreesOf(kilometres) * 1.0001;         // a little more than needed, never less by rounding
        int last = RowOf(quake.Latitude + reach);
        for (int row = RowOf(quake.Latitude - reach); row <= last; row++)
        {
            int columns = ColumnsOf(row);
            if (Math.Abs(quake.Latitude) + reach >= 90)
            {
                for (int column = 0; column < columns; column++)
                    yield return new Region(row, column);
                continue;
            }

            // The meridians that touch the circle around the quake: sin Δλ = sin r / cos φ.
            double east = double.RadiansToDegrees(
                Math.Asin(Math.Sin(double.DegreesToRadians(reach)) / Math.Cos(double.DegreesToRadians(quake.Latitude))));
            int from = ColumnOf(row, quake.Longitude - east), to = ColumnOf(row, quake.Longitude + east);
            for (int column = from; ; column = (column + 1) % columns)
            {
                yield return new Region(row, column);
                if (column == to)
                    break;
            }
        }
    }

    private static int RowOf(double latitude) => Math.Clamp((int)Math.Floor(latitude + 90), 0, Rows - 1);

    private static int ColumnOf(int row, double longitude)
    {
        int columns = ColumnsOf(row);
        double turn = (longitude + 180) / 360;
        return Math.Min(columns - 1, (int)((turn - Math.Floor(turn)) * columns));
    }

    /// <summary>So many that a region is at least a degree of a great circle wide where it is widest; 1 to 360.</summary>
    private static int ColumnsOf(int row)
    {
        double widest = Math.Min(Math.Abs(row - 90), Math.Abs(row - 89));
        return Math.Max(1, (int)(360 * Math.Cos(double.DegreesToRadians(widest))));
    }
}

/// <summary>A quake as a region sees it.</summary>
internal readonly record struct RegionalQuake(Region Region, bool IsHome, Quake Quake);
