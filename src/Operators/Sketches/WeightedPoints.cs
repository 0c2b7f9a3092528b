namespace ActorStreams.Operators.Sketches;

/// <summary>Points with weights, one after the other: the coordinates, then the weight.</summary>
internal sealed class WeightedPoints(int dimensions, double[] points)
{
    private readonly int _stride = dimensions + 1;

    private int Count => points.Length / _stride;

    /// <summary>Different points drawn by k-means++: each with a probability in proportion to its weight and its squared distance from
    /// those drawn before.</summary>
    /// <returns>Coordinates of at most <paramref name="count"/> points.</returns>
    public double[] Seeds(int count, ref ulong random) => CoordinatesOf(Draw(count, ref random, out _));

    /// <summary>At most <paramref name="count"/> points with the weights of all.</summary>
    public double[] Reduced(int count, ref ulong random)
    {
        List<int> drawn = Draw(count, ref random, out int[] nearest);
        var reduced = new double[drawn.Count * _stride];
        for (int i = 0; i < drawn.Count; i++)
            Array.Copy(points, drawn[i] * _stride, reduced, i * _stride, dimensions);
        for (int point = 0; point < Count; point++)
            reduced[(nearest[point] * _stride) + dimensions] += WeightOf(point);
        return reduced;
    }

    /// <summary>Lloyd's algorithm: every point to its nearest centre, every centre to the mean of its points, until nothing
    /// changes.</summary>
    public double[] Improve(double[] centers, int rounds, out double cost)
    {
        cost = double.PositiveInfinity;
        for (int round = 0; round < rounds; round++)
        {
            double[] sums = Assign(centers, out double next);
            if (next >= cost)
                break;
            cost = next;
            for (int center = 0; center < centers.Length / dimensions; center++)
            {
                double weight = sums[(center * _stride) + dimensions];
                for (int d = 0; d < dimensions && weight > 0; d++)
                    centers[(center * dimensions) + d] = sums[(center * _stride) + d] / weight;
            }
        }

        return centers;
    }

    public IReadOnlyList<KMeansCluster> ClustersOf(double[] centers)
    {
        double[] sums = Assign(centers, out _);
        return [.. Enumerable.Range(0, centers.Length / dimensions)
            .Select(center =>
                new KMeansCluster(centers[(center * dimensions)..((center + 1) * dimensions)], sums[(center * _stride) + dimensions]))
            .OrderByDescending(cluster => cluster.Weight)];
    }

    /// <summary>Sums of coordinates and weights by nearest centre.</summary>
    private double[] Assign(double[] centers, out double cost)
    {
        var sums = new double[centers.Length / dimensions * _stride];
        cost = 0;
        for (int point = 0; point < Count; point++)
        {
            int nearest = 0;
            double least = double.PositiveInfinity;
            for (int center = 0; center < centers.Length / dimensions; center++)
            {
                double distance = SquaredDistance(CoordinatesOf(point), centers.AsSpan(center * dimensions, dimensions));
                if (distance < least)
                    (nearest, least) = (center, distance);
            }

            double weight = WeightOf(point);
            for (int d = 0; d < dimensions; d++)
                sums[(nearest * _stride) + d] += weight * points[(point * _stride) + d];
            sums[(nearest * _stride) + dimensions] += weight;
            cost += least * weight;
        }

        return sums;
    }

    /// <returns>The numbers of the points drawn; <paramref name="nearest"/> says which of them is nearest to each point.</returns>
    private List<int> Draw(int count, ref ulong random, out int[] nearest)
    {
        var drawn = new List<int>();
        nearest = new int[Count];
        var distances = new double[Count];
        Array.Fill(distances, double.PositiveInfinity);
        while (drawn.Count < Math.Min(count, Count))
        {
            int next = drawn.Count == 0 ? Pick(point => WeightOf(point), ref random)
                : Pick(point => WeightOf(point) * distances[point], ref random);
            if (next < 0)
                break;                                     // the rest are equal to points drawn before
            for (int point = 0; point < Count; point++)
            {
                double distance = SquaredDistance(CoordinatesOf(point), CoordinatesOf(next));
                if (distance < distances[point])
                    (nearest[point], distances[point]) = (drawn.Count, distance);
            }

            drawn.Add(next);
        }

        return drawn;
    }

    private int Pick(Func<int, double> massOf, ref ulong random)
    {
        double total = 0;
        for (int point = 0; point < Count; point++)
            total += massOf(point);
        double left = SketchHash.Unit(ref random) * total;
        int last = -1;
        for (int point = 0; point < Count; point++)
        {
            double mass = massOf(point);
            if (mass <= 0)
                continue;
            last = point;
            if ((left -= mass) < 0)
                break;
        }

        return last;
    }

    private double WeightOf(int point) => points[(point * _stride) + dimensions];

    private ReadOnlySpan<double> CoordinatesOf(int point) => points.AsSpan(point * _stride, dimensions);

    private double[] CoordinatesOf(List<int> drawn)
    {
        var centers = new double[drawn.Count * dimensions];
        for (int i = 0; i < drawn.Count; i++)
            CoordinatesOf(drawn[i]).CopyTo(centers.AsSpan(i * dimensions));
        return centers;
    }

    private static double SquaredDistance(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int d = 0; d < a.Length; d++)
            sum += (a[d] - b[d]) * (a[d] - b[d]);
        return sum;
    }
}
