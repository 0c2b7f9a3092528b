namespace ActorStreams.Operators.Tests.Sketches;

public sealed class KMeansSpec
{
    private static readonly (double X, double Y)[] s_centers = [(0, 0), (10, 0), (0, 10), (30, 30), (-20, 5)];

    private static double[][] Points(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            (double x, double y) = s_centers[Math.Min(random.Next(7), 4)];
            return (double[])[x + Normal(random), y + Normal(random)];
        })];
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    /// <summary>The mean squared distance of the points from the nearest centre.</summary>
    private static double Cost(double[][] points, IEnumerable<IReadOnlyList<double>> centers) =>
        points.Average(
            point => centers.Min(
            center => ((point[0] - center[0]) * (point[0] - center[0])) + ((point[1] - center[1]) * (point[1] - center[1]))));

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 4)]
    public void Groups_are_found_at_a_cost_near_that_of_the_true_centres(int seed, int parts)
    {
        double[][] points = Points(seed, 20_000);
        KMeans all = default;
        for (int part = 0; part < parts; part++)
        {
            var one = new KMeans(2, 200);
            for (int i = part; i < points.Length; i += parts)
                one.Add(points[i]);
            all.Merge(SketchFixtures.Stored(one));
        }

        IReadOnlyList<KMeansCluster> clusters = all.Clusters(5);
        double cost = Cost(points, clusters.Select(cluster => cluster.Center)),
            best = Cost(points, s_centers.Select(center => (double[])[center.X, center.Y]));
        Assert.InRange(cost, best * 0.99, best * 1.1);
        Assert.Equal(20_000, clusters.Sum(cluster => cluster.Weight), 0.001);
        Assert.Equal(20_000 * 3 / 7.0, clusters[0].Weight, 1_000.0);
        Assert.Equal(20_000, all.Count);
    }

    [Fact]
    public void The_same_points_give_the_same_groups_however_often_they_were_stored()
    {
        KMeans a = new(2, 50), b = new(2, 50);
        foreach (double[] point in Points(5, 2_000))
        {
            a.Add(point);
            b.Add(point);
            if (b.Count % 97 == 0)
                b = SketchFixtures.Stored(b);
        }

        Assert.Equal(a.Clusters(3).Select(cluster => cluster.ToString() + string.Join(' ', cluster.Center)), b.Clusters(3)
            .Select(cluster => cluster.ToString() + string.Join(' ', cluster.Center)));
    }

    [Fact]
    public void Fewer_different_points_than_groups_are_groups_of_their_own()
    {
        var sketch = new KMeans(1, 4);
        for (int i = 0; i < 101; i++)
            sketch.Add([i % 3 == 0 ? 7 : 9]);
        Assert.Equal([([9.0], 67.0), ([7.0], 34.0)], sketch.Clusters(10).Select(cluster => (cluster.Center.ToArray(), cluster.Weight)),
            new ByText());
        Assert.Empty(default(KMeans).Clusters(3));
    }

    [Fact]
    public void A_point_that_lies_nowhere_is_refused_and_changes_nothing()
    {
        var sketch = new KMeans(2, 10);
        sketch.Add([1, 2]);
        Assert.Contains("NaN", Assert.Throws<ArgumentException>(() => sketch.Add([1, double.NaN])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => sketch.Add([1, 2, 3]));
        Assert.Equal(1, sketch.Count);
    }

    private sealed class ByText : IEqualityComparer<(double[] Center, double Weight)>
    {
        public bool Equals((double[] Center, double Weight) x, (double[] Center, double Weight) y) => x.Center.SequenceEqual(y.Center)
            && x.Weight.Equals(y.Weight);

        public int GetHashCode((double[] Center, double Weight) obj) => obj.Weight.GetHashCode();
    }
}
