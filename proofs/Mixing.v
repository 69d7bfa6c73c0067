(* Every linear workflow: the recurrence of second moments from the mixing matrix alone.

   The data come in batches 0, 1, 2, ...: batch j has size n j and is drawn from a model whose mean is the truth plus
   sum_(i < j) w j i (y_i - truth), where y_i is the mean of batch i. Real data have no weights; for synthetic data the
   weights w j are the shares of the batches in the training set of the model that drew them.

   batches j      the law of the means of the first j batches
   deviation h i  the deviation of batch i from the truth
   moment j i s   the expected product of the deviations of batches i and s, over the first j batches

   Assumes: a mean and a variance v0 + v1 m + v2 m^2 of one observation; rows of weights that are empty or sum to one.
   Leaves out: how the package fills its mixing matrix; its program beyond three fits and with fresh data, though the
     recurrence itself is proved for every number of batches.
*)
From mathcomp Require Import all_ssreflect ssralg ssrnum zify ring lra reals.
From Collapse Require Import Formulas Probability Workflows.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Mixing.
Variables (R : realType) (F : family R) (truth : R) (n : nat -> nat) (w : nat -> nat -> R).
Hypothesis truth_ok : inside F truth.
Hypothesis n_gt0 : forall j, (0 < n j)%N.
Hypothesis w_ge0 : forall j i, 0 <= w j i.
(* A batch is real, and has no weights, or synthetic, and has weights that sum to one. *)
Hypothesis w_total : forall j, (forall i, (i < j)%N -> w j i = 0) \/ \sum_(0 <= i < j) w j i = 1.

Implicit Types (h : seq R) (i j s : nat).

Local Notation V0 := (variance_function F truth).

Definition deviation h i : R := nth truth h i - truth.

(* The deviation of the model that draws batch j, or of any model with the weights of row j. *)
Definition mixture h j : R := \sum_(0 <= i < j) w j i * deviation h i.

Fixpoint batches j : law R (seq R) :=
  if j is s.+1 then bind (batches s) (fun h => image (rcons h) (batch F (n s) (truth + mixture h s)))
  else dirac R [::].

Lemma row_inside j (y : nat -> R) : (forall i, (i < j)%N -> inside F (y i)) ->
  inside F (truth + \sum_(0 <= i < j) w j i * (y i - truth)).
Proof.
move=> ys; case: (w_total j) => [zero|one].
  by rewrite big_nat_cond big1 ?addr0// => i /andP[/andP[_ ij] _]; rewrite zero// mul0r.
pose s := [seq (w j i, y i) | i <- index_iota 0 j].
have ge : all (fun p : R * R => 0 <= p.1) s by rewrite all_map; apply/allP => i _ /=.
have sum : \sum_(p <- s) p.1 = 1 by rewrite big_map.
have -> : truth + \sum_(0 <= i < j) w j i * (y i - truth) = E (Law ge sum) id.
  rewrite /E /= big_map (eq_bigr (fun i => w j i * y i - w j i * truth)); last by move=> i _; rewrite mulrBr.
  by rewrite sumrB -mulr_suml one mul1r addrC subrK.
apply: mean_inside => p /=; rewrite /s => ps.
have [i [<- ii]] := proj1 (List.in_map_iff (fun i => (w j i, y i)) (index_iota 0 j) p) ps.
apply: ys; have : i \in index_iota 0 j by elim: (index_iota 0 j) ii => //= a u ih [->|/ih iu]; rewrite in_cons ?eqxx// iu orbT.
by rewrite mem_index_iota.
Qed.

Lemma batches_inside j :
  surely (batches j) (fun h => size h = j /\ forall i, (i < j)%N -> inside F (nth truth h i)).
Proof.
elim: j => [|j ih]; first by apply: surely_dirac.
apply: (surely_bind ih) => h [hj hs]; apply: surely_image.
apply: (surely_sub (batch_inside (n_gt0 j) (row_inside hs))) => y Fy; split; first by rewrite size_rcons hj.
move=> i; rewrite ltnS nth_rcons hj => ij.
by case: (ltngtP i j) ij => [lt _|//|_ _]; [exact: hs|exact: Fy].
Qed.

Lemma mixture_inside h j : (forall i, (i < j)%N -> inside F (nth truth h i)) -> inside F (truth + mixture h j).
Proof. exact: row_inside. Qed.

Lemma E_batchesS j G : E (batches j.+1) G =
  E (batches j) (fun h => E (batch F (n j) (truth + mixture h j)) (fun y => G (rcons h y))).
Proof. by rewrite /= E_bind; apply: E_eq => h; rewrite E_image. Qed.

Lemma deviation_old h y i j : size h = j -> (i < j)%N -> deviation (rcons h y) i = deviation h i.
Proof. by move=> hj ij; rewrite /deviation nth_rcons hj ij. Qed.

Lemma deviation_new h y j : size h = j -> deviation (rcons h y) j = y - truth.
Proof. by move=> hj; rewrite /deviation nth_rcons hj ltnn eqxx. Qed.

(* Later batches do not change what earlier ones were. *)
Lemma earlier j i s : (i < j)%N -> (s < j)%N ->
  E (batches j.+1) (fun h => deviation h i * deviation h s) = E (batches j) (fun h => deviation h i * deviation h s).
Proof.
move=> ij sj; rewrite E_batchesS; apply: (E_surely (@batches_inside j)) => h [hj _].
rewrite (E_eq (g := fun=> deviation h i * deviation h s)) ?E_const// => y.
by rewrite !(deviation_old _ hj).
Qed.

Lemma unbiased j i : (i < j)%N -> E (batches j) (fun h => deviation h i) = 0.
Proof.
elim: j i => // j ih i ij; rewrite E_batchesS.
rewrite (E_surely (@batches_inside j) (g := fun h => if (i < j)%N then deviation h i else mixture h j)); last first.
  move=> h [hj hs]; move: ij; rewrite ltnS; case: (ltngtP i j) => [lt _|//|-> _].
    by rewrite (E_eq (g := fun=> deviation h i)) ?E_const// => y; rewrite (deviation_old _ hj).
  rewrite (E_eq (g := fun y => y - truth)); last by move=> y; rewrite (deviation_new _ hj).
  rewrite E_sub E_const batch_mean//; last exact: mixture_inside.
  by rewrite addrAC subrr add0r.
move: ij; rewrite ltnS; case: (ltngtP i j) => [lt _|//|_ _]; first exact: ih.
rewrite /mixture E_sum big_nat_cond big1// => s /andP[/andP[_ sj] _].
by rewrite E_scale ih// mulr0.
Qed.

(* The covariance of a batch with an earlier one: the row of the mixing matrix times what is known. *)
Theorem covariance_recurrence j i : (i < j)%N ->
  E (batches j.+1) (fun h => deviation h i * deviation h j) =
  \sum_(0 <= s < j) w j s * E (batches j) (fun h => deviation h i * deviation h s).
Proof.
move=> ij; rewrite E_batchesS (E_surely (@batches_inside j)
   (g := fun h => \sum_(0 <= s < j) w j s * (deviation h i * deviation h s))); last first.
  move=> h [hj hs]; rewrite (E_eq (g := fun y => deviation h i * (y - truth))); last first.
    by move=> y; rewrite (deviation_old _ hj)// (deviation_new _ hj).
  rewrite E_scale E_sub E_const batch_mean//; last exact: mixture_inside.
  rewrite addrAC subrr add0r /mixture mulr_sumr; apply: eq_bigr => s _; ring.
by rewrite E_sum; apply: eq_bigr => s _; rewrite E_scale.
Qed.

(* The error of a model: a quadratic form of its row of the mixing matrix. *)
Theorem error_recurrence j :
  E (batches j) (fun h => mixture h j ^+ 2) =
  \sum_(0 <= i < j) \sum_(0 <= s < j) w j i * w j s * E (batches j) (fun h => deviation h i * deviation h s).
Proof.
rewrite (E_eq (g := fun h => \sum_(0 <= i < j) \sum_(0 <= s < j) w j i * w j s * (deviation h i * deviation h s))).
  rewrite E_sum; apply: eq_bigr => i _; rewrite E_sum; apply: eq_bigr => s _; by rewrite E_scale.
move=> h; rewrite expr2 /mixture mulr_suml; apply: eq_bigr => i _; rewrite mulr_sumr.
by apply: eq_bigr => s _; ring.
Qed.

(* The variance of a batch: the error of the model that draws it, and the noise of n j draws. *)
Theorem variance_recurrence j :
  E (batches j.+1) (fun h => deviation h j ^+ 2) =
  E (batches j) (fun h => mixture h j ^+ 2) +
  (V0 + v2 F * E (batches j) (fun h => mixture h j ^+ 2)) / (n j)%:R.
Proof.
have nn : (n j)%:R != 0 :> R by rewrite pnatr_eq0 -lt0n.
rewrite E_batchesS (E_surely (@batches_inside j) (g := fun h =>
   (1 + v2 F / (n j)%:R) * mixture h j ^+ 2 + ((v1 F + 2 * v2 F * truth) / (n j)%:R * mixture h j + V0 / (n j)%:R))).
  rewrite !E_add !E_scale E_const.
  have -> : E (batches j) (fun h => mixture h j) = 0.
    by rewrite /mixture E_sum big_nat_cond big1// => s /andP[/andP[_ sj] _]; rewrite E_scale unbiased// mulr0.
  by field.
move=> h [hj hs]; rewrite (E_eq (g := fun y => (id y - truth) ^+ 2)); last by move=> y; rewrite (deviation_new _ hj).
rewrite (E_square_deviation _ id) batch_variance//; last exact: mixture_inside.
rewrite batch_mean//; last exact: mixture_inside.
by rewrite (variance_function_shift F truth) [truth + _]addrC addrK; field.
Qed.

(* The variance function of a model moves with its error. *)
Theorem variance_function_recurrence j :
  E (batches j) (fun h => variance_function F (truth + mixture h j)) =
  V0 + v2 F * E (batches j) (fun h => mixture h j ^+ 2).
Proof.
rewrite (E_eq (g := fun h => V0 + ((v1 F + 2 * v2 F * truth) * mixture h j + v2 F * mixture h j ^+ 2))).
  rewrite E_add E_const E_add !E_scale.
  have -> : E (batches j) (fun h => mixture h j) = 0.
    by rewrite /mixture E_sum big_nat_cond big1// => s /andP[/andP[_ sj] _]; rewrite E_scale unbiased// mulr0.
  by rewrite mulr0 add0r.
by move=> h; rewrite (variance_function_shift F truth) [truth + _]addrC addrK.
Qed.

(* The recurrence that the package runs, printed for one, two and three fits, is the error of the model. *)
Section Shipped.
Local Notation moment j i s := (E (batches j) (fun h => deviation h i * deviation h s)).

Lemma moment_sym j i s : moment j i s = moment j s i.
Proof. by apply: E_eq => h; rewrite mulrC. Qed.

Lemma moment_square j i : moment j i i = E (batches j) (fun h => deviation h i ^+ 2).
Proof. by apply: E_eq => h; rewrite expr2. Qed.

Lemma first_moment : moment 1 0 0 = V0 / (n 0)%:R.
Proof. by rewrite moment_square variance_recurrence error_recurrence big_geq// add0r mulr0 addr0. Qed.

Lemma first_error : E (batches 1) (fun h => mixture h 1 ^+ 2) = w 1 0 * w 1 0 * (V0 / (n 0)%:R).
Proof. by rewrite error_recurrence !big_nat1 first_moment. Qed.

Lemma second_moments_of_two : moment 2 0 0 = V0 / (n 0)%:R /\ moment 2 0 1 = w 1 0 * (V0 / (n 0)%:R) /\
  moment 2 1 1 = w 1 0 * w 1 0 * (V0 / (n 0)%:R) + (V0 + v2 F * (w 1 0 * w 1 0 * (V0 / (n 0)%:R))) / (n 1)%:R.
Proof.
rewrite earlier// first_moment covariance_recurrence// big_nat1 first_moment; split=> //; split=> //.
by rewrite moment_square variance_recurrence first_error.
Qed.

Theorem shipped_recurrence :
  [/\ E (batches 1) (fun h => mixture h 1 ^+ 2) =
      recurrence_of_1_fits V0 (v2 F) (fun j => (n j)%:R) w,
    E (batches 2) (fun h => mixture h 2 ^+ 2) =
      recurrence_of_2_fits V0 (v2 F) (fun j => (n j)%:R) w &
    E (batches 3) (fun h => mixture h 3 ^+ 2) =
      recurrence_of_3_fits V0 (v2 F) (fun j => (n j)%:R) w].
Proof.
have [m00 [m01 m11]] := second_moments_of_two.
have e2 : E (batches 2) (fun h => mixture h 2 ^+ 2) =
    w 2 0 * w 2 0 * moment 2 0 0 + w 2 0 * w 2 1 * moment 2 0 1 +
    (w 2 1 * w 2 0 * moment 2 0 1 + w 2 1 * w 2 1 * moment 2 1 1).
  by rewrite error_recurrence !big_nat_recr//= !big_geq// !add0r [moment 2 1 0]moment_sym.
split.
- by rewrite first_error /recurrence_of_1_fits mulr0 addr0 add0r; ring.
- rewrite e2 m00 m01 m11 /recurrence_of_2_fits !mulr0 !addr0 !add0r.
  move: (V0 / (n 0)%:R) => u; move: ((n 1)%:R^-1) => y; ring.
rewrite error_recurrence !big_nat_recr//= !big_geq// !add0r.
rewrite [moment 3 1 0]moment_sym [moment 3 2 0]moment_sym [moment 3 2 1]moment_sym.
rewrite (@earlier 2 0 0)// (@earlier 2 0 1)// (@earlier 2 1 1)// (@covariance_recurrence 2 0)// (@covariance_recurrence 2 1)//.
rewrite !big_nat_recr//= !big_geq// !add0r [moment 2 1 0]moment_sym.
rewrite [moment 3 2 2]moment_square variance_recurrence e2 m00 m01 m11 /recurrence_of_3_fits !mulr0 !addr0 !add0r.
by move: (V0 / (n 0)%:R) => u; move: ((n 1)%:R^-1) ((n 2)%:R^-1) => y z; ring.
Qed.

Theorem shipped_variance :
  E (batches 3) (fun h => variance_function F (truth + mixture h 3)) =
  V0 + v2 F * recurrence_of_3_fits V0 (v2 F) (fun j => (n j)%:R) w.
Proof. by rewrite variance_function_recurrence; case: shipped_recurrence => _ _ ->. Qed.

End Shipped.

End Mixing.

(* A window of the last batches of equal size as an instance: which weights satisfy the hypotheses. *)
Section Window.
Variables (R : realType) (length : nat).
Hypothesis length_gt0 : (0 < length)%N.

Definition window j i : R := if (j - length <= i < j)%N then 1 / (minn length j)%:R else 0.

Lemma window_ge0 j i : 0 <= window j i.
Proof. by rewrite /window; case: ifP => // _; rewrite divr_ge0// ler0n. Qed.

Theorem window_total j : (forall i, (i < j)%N -> window j i = 0) \/ \sum_(0 <= i < j) window j i = 1.
Proof.
case: j => [|j]; first by left.
right; rewrite (big_cat_nat _ (n := j.+1 - length)) ?leq_subr//=.
rewrite big_nat_cond big1 ?add0r => [|i /andP[/andP[_ i1] _]]; last by rewrite /window leqNgt i1.
rewrite (eq_big_nat _ _ (F2 := fun=> 1 / (minn length j.+1)%:R)) => [|i /andP[i1 i2]]; last by rewrite /window i1 i2.
have size : (j.+1 - (j.+1 - length))%N = minn length j.+1 by rewrite minnC; case: (leqP j.+1 length) => h; rewrite /minn; lia.
rewrite sumr_const_nat size -[LHS]mulr_natr divfK// pnatr_eq0 -lt0n leq_min length_gt0.
by [].
Qed.

End Window.
